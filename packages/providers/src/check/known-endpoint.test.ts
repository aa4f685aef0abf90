import { describe, expect, it } from '@jest/globals';
import type { Check, Problem } from '../provider.js';
import { ofKnownEndpoint } from './known-endpoint.js';

const problem = (code: Problem['code'], hint: string | null): Problem => ({
  code,
  hint,
  httpStatus: null,
  message: 'Connection refused at 127.0.0.1:11434.',
});
const failed = (one: Problem): Check => ({
  status: 'OFFLINE',
  latencyMs: null,
  models: null,
  serverVersion: null,
  retryAfterMs: null,
  problem: one,
  stages: [
    { stage: 'ADDRESS', state: 'PASSED', detail: null, ms: 1, problem: null },
    { stage: 'CONNECT', state: 'FAILED', detail: null, ms: 1, problem: one },
  ],
});

describe('a failed check of an endpoint that has answered before', () => {
  it('does not guess that the address is wrong, neither beside its problem nor beside the stage', () => {
    const guess = 'IntraLLM Connections runs in a container, where this address means the container itself.';
    const check = ofKnownEndpoint(failed(problem('CONNECTION_REFUSED', guess)));
    expect(check.problem?.hint).toBe('It answered at this address before. Is the server still running?');
    expect(check.stages[1]?.problem).toEqual(check.problem);
    expect(check.problem?.message).toBe('Connection refused at 127.0.0.1:11434.');
  });

  it('keeps a hint that holds whenever it happens, and gives none where there was none', () => {
    const limit = failed(problem('RATE_LIMITED', 'Wait a little.'));
    expect(ofKnownEndpoint(limit)).toEqual(limit);
    const bare = failed(problem('CONNECTION_REFUSED', null));
    expect(ofKnownEndpoint(bare)).toEqual(bare);
  });
});
