import { describe, expect, it } from '@jest/globals';
import { type Sample, transitionsOf } from './timeline.js';

const sample = (at: string, status: Sample['status'], code: 'DNS' | 'TIMEOUT' | null = null): Sample => ({
  at,
  status,
  latencyMs: null,
  problem: code && { code, message: code },
});

describe('the moments of a day', () => {
  it('are those at which the status or its problem became another one, newest first', () => {
    const history = [
      sample('6', 'ONLINE'),
      sample('5', 'ONLINE'),
      sample('4', 'OFFLINE', 'TIMEOUT'),
      sample('3', 'OFFLINE', 'DNS'),
      sample('2', 'OFFLINE', 'DNS'),
      sample('1', 'ONLINE'),
    ];
    expect(transitionsOf(history).map(({ at }) => at)).toEqual(['5', '4', '2', '1']);
  });
});
