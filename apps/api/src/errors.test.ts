import { describe, expect, it } from '@jest/globals';
import { AppError, badInput, ERROR_RULES } from './errors.js';

/** The codes that design and contract promise to GraphQL callers. */
const PROMISED = [
  'UNAUTHENTICATED',
  'INVALID_CREDENTIALS',
  'FORBIDDEN',
  'REAUTH_REQUIRED',
  'BAD_USER_INPUT',
  'SECRET_REQUIRED',
  'NOT_FOUND',
  'CONFLICT',
  'MANAGED',
  'RATE_LIMITED',
  'CURSOR_EXPIRED',
  'QUERY_TOO_EXPENSIVE',
  'UNAVAILABLE',
  'INTERNAL',
];
const GATEWAY_ONLY = [
  'MODEL_NOT_FOUND',
  'PREVIOUS_RESPONSE_NOT_FOUND',
  'NO_HEALTHY_ENDPOINT',
  'ENDPOINT_TIMEOUT',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_TYPE',
  'OVERLOADED',
  'LOOP',
];

describe('the error table', () => {
  it('has a row for every promised code and none besides', () => {
    expect(Object.keys(ERROR_RULES).sort()).toEqual([...PROMISED, ...GATEWAY_ONLY].sort());
  });

  it('never lets trouble with the database look like a wrong credential', () => {
    expect(ERROR_RULES.UNAVAILABLE).toMatchObject({ httpStatus: 503, failsRequest: true });
  });

  it('gives each row a status that is an error', () => {
    for (const rule of Object.values(ERROR_RULES)) expect(rule.httpStatus).toBeGreaterThanOrEqual(400);
  });
});

describe('badInput', () => {
  it('names the first field and lists all of them', () => {
    const issues = [
      { field: 'input.url', message: 'is not a URL' },
      { field: 'input.name', message: 'is too long' },
    ] as const;
    const error = badInput(issues);
    expect(error).toBeInstanceOf(AppError);
    expect(error.details).toEqual({ field: 'input.url', issues });
  });
});
