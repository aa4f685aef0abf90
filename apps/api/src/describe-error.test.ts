import { describe, expect, it } from '@jest/globals';
import { errorCodes } from 'fastify';
import { QueryFailedError } from 'typeorm';
import { describeError } from './describe-error.js';
import { AppError } from './errors.js';

const statement = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });

describe('describeError', () => {
  it.each([
    ['an error of ours', new AppError('MANAGED', 'It is managed.'), 'MANAGED', 409, 'It is managed.'],
    [
      'one of the database',
      new QueryFailedError('INSERT INTO secret', ['hunter2'], statement),
      'UNAVAILABLE',
      503,
      'The database cannot be used right now.',
    ],
    [
      'a body over the limit',
      new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE(),
      'BODY_TOO_LARGE',
      413,
      'The body of this request is too large.',
    ],
    [
      'a type that nobody reads',
      new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('x/y'),
      'BAD_USER_INPUT',
      415,
      'This request cannot be read.',
    ],
    [
      'a server that stops',
      Object.assign(new Error('Service Unavailable'), { statusCode: 503 }),
      'OVERLOADED',
      503,
      'The server is stopping.',
    ],
    [
      'anything else',
      new Error('the key is hunter2'),
      'INTERNAL',
      500,
      'Something went wrong on the server. Its log has the reason under r-1.',
    ],
    [
      'what is no error',
      undefined,
      'INTERNAL',
      500,
      'Something went wrong on the server. Its log has the reason under r-1.',
    ],
  ])('%s', (_what, thrown, code, status, message) => {
    expect(describeError(thrown, 'r-1')).toMatchObject({ code, status, message });
  });

  it('gives the log what was thrown, without what the driver adds', () => {
    const thrown = new Error('the reason');
    expect(describeError(thrown, 'r-1').cause).toBe(thrown);
    const { cause } = describeError(new QueryFailedError('INSERT INTO secret', ['hunter2'], statement), 'r-1');
    expect(JSON.stringify([cause, (cause as Error).cause, (cause as Error).message])).not.toContain('hunter2');
  });

  it('rounds the wait up to whole seconds', () => {
    const wait = (retryAfterMs?: number) =>
      describeError(new AppError('OVERLOADED', 'Later.', retryAfterMs === undefined ? {} : { retryAfterMs }), 'r-1')
        .retryAfterSeconds;
    expect([wait(), wait(1), wait(1_000), wait(1_001)]).toEqual([null, 1, 1, 2]);
  });
});
