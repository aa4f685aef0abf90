import { describe, expect, it } from '@jest/globals';
import { check, failed } from '../../../test/support/endpoints/fake-provider.js';
import { DEFAULT_CADENCE, isPublicHost, nextCheckInMs } from '../checks/cadence.js';
import { assess, type HealthState } from './assess.js';

const BEFORE = new Date('2026-11-23T12:00:00.000Z');
const NOW = new Date('2026-11-23T12:00:30.000Z');

const state = (more: Partial<HealthState> = {}): HealthState => ({
  status: 'ONLINE',
  since: BEFORE,
  checkedAt: BEFORE,
  latencyMs: 40,
  problem: null,
  failures: 0,
  serverVersion: '1.0',
  stages: [],
  ...more,
});
const after = (before: HealthState, seen: ReturnType<typeof check>, refusedLive = false): HealthState =>
  assess(before, seen, { at: NOW, refusedLive });

describe('what a check makes of the state', () => {
  it('takes the third failure in a row for OFFLINE, not the first or second', () => {
    const once = after(state(), failed());
    const twice = after(once, failed());
    const thrice = after(twice, failed('TIMEOUT'));
    expect([once.status, twice.status, thrice.status]).toEqual(['ONLINE', 'ONLINE', 'OFFLINE']);
    expect([once.problem, thrice.problem?.code]).toEqual([null, 'TIMEOUT']);
    expect([once.since, thrice.since]).toEqual([BEFORE, NOW]);
  });

  it('takes the first failure for OFFLINE where nothing was known', () => {
    expect(after(state({ status: 'UNKNOWN' }), failed()).status).toBe('OFFLINE');
  });

  it('starts to count anew after a success', () => {
    const recovered = after(after(after(state(), failed()), failed()), check());
    expect(recovered.failures).toBe(0);
    expect(after(recovered, failed()).status).toBe('ONLINE');
  });

  it('brings an endpoint back with one success', () => {
    const back = after(state({ status: 'OFFLINE', failures: 9, problem: failed().problem }), check());
    expect(back).toMatchObject({ status: 'ONLINE', failures: 0, problem: null, since: NOW, latencyMs: 50 });
  });

  it('makes UNAUTHORIZED at once', () => {
    expect(after(state(), failed('UNAUTHORIZED', 'UNAUTHORIZED')).status).toBe('UNAUTHORIZED');
    expect(after(state({ status: 'OFFLINE', failures: 3 }), failed('FORBIDDEN', 'UNAUTHORIZED'))).toMatchObject({
      status: 'UNAUTHORIZED',
      failures: 0,
    });
  });

  it('shows a rate limit as DEGRADED, and counts it neither for nor against', () => {
    const limited = failed('RATE_LIMITED', 'DEGRADED');
    expect(after(state(), limited).status).toBe('DEGRADED');
    expect(after(state({ status: 'OFFLINE', failures: 5 }), limited)).toMatchObject({
      status: 'DEGRADED',
      failures: 0,
    });
    const between = after(after(after(state(), failed()), failed()), limited);
    expect(after(between, failed()).status).toBe('OFFLINE');
  });

  it('does not take a rate limit for a proof of the key', () => {
    expect(after(state({ status: 'UNAUTHORIZED' }), failed('RATE_LIMITED', 'DEGRADED')).status).toBe('UNAUTHORIZED');
    expect(after(state({ status: 'UNAUTHORIZED' }), failed('QUOTA_EXCEEDED', 'DEGRADED')).status).toBe('DEGRADED');
  });

  it('does not let a list that is open to everybody contradict a live refusal', () => {
    const unproven = check({ stages: [{ stage: 'AUTH', state: 'UNPROVEN', detail: null, ms: null, problem: null }] });
    expect(after(state({ status: 'UNAUTHORIZED' }), unproven, true).status).toBe('UNAUTHORIZED');
    expect(after(state({ status: 'UNAUTHORIZED' }), unproven, false).status).toBe('ONLINE');
    expect(after(state({ status: 'UNAUTHORIZED' }), check(), true).status).toBe('ONLINE');
  });

  it('keeps the latency and version of the last success through failures', () => {
    expect(after(state({ failures: 2 }), failed())).toMatchObject({
      status: 'OFFLINE',
      latencyMs: 40,
      serverVersion: '1.0',
    });
  });
});

describe('when the next check is due', () => {
  const next = (
    from: HealthState,
    seen: ReturnType<typeof check>,
    more: { url?: string; random?: number } = {},
  ): number =>
    nextCheckInMs(from, seen, {
      url: more.url ?? 'http://10.0.0.1/v1',
      cadence: DEFAULT_CADENCE,
      random: () => more.random ?? 0.5,
    });

  it('comes after 1, 2 and 4 s, then slower, up to 2 min', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => next(state({ failures }), failed()));
    expect(waits).toEqual([1_000, 2_000, 4_000, 22_500, 22_500, 22_500, 22_500, 22_500]);
  });

  it('comes every 30 s in a private network and every 5 min at a public host, with jitter', () => {
    expect(next(state(), check())).toBe(30_000);
    expect(next(state(), check(), { random: 0 })).toBe(27_000);
    expect(next(state(), check(), { random: 0.999 })).toBeGreaterThan(32_900);
    expect(next(state(), check(), { url: 'https://api.openai.com/v1' })).toBe(300_000);
  });

  it('comes soon while the endpoint loads, and not before it wants to be asked again', () => {
    const loading = failed('LOADING', 'DEGRADED');
    expect(next(state(), loading)).toBe(3_000);
    expect(next(state(), { ...loading, retryAfterMs: 10_000 })).toBe(10_000);
    expect(next(state(), { ...loading, retryAfterMs: 9e9 })).toBe(30_000);
    const limited = failed('RATE_LIMITED', 'DEGRADED');
    expect(next(state(), { ...limited, retryAfterMs: 90_000 })).toBe(90_000);
    expect(next(state(), { ...limited, retryAfterMs: 9e9 })).toBe(600_000);
    expect(next(state(), { ...limited, retryAfterMs: 5 })).toBe(30_000);
  });

  it.each([
    ['http://192.168.18.49:11434', null, false],
    ['http://127.0.0.1:8000/v1', null, false],
    ['http://[::1]:8000/v1', null, false],
    ['http://[fd00::1]/v1', null, false],
    ['https://8.8.8.8/v1', null, true],
    ['http://localhost:1234/v1', null, false],
    ['http://gpu-box:8000/v1', null, false],
    ['http://gpu.lan/v1', null, false],
    ['http://gpu.home.arpa./v1', null, false],
    ['https://api.openai.com/v1', null, true],
    ['https://llm.example.org/v1', '10.1.2.3', false],
    ['https://llm.lan/v1', '8.8.4.4', true],
  ])('takes %s resolved to %s for a public host: %s', (url, address, isPublic) => {
    const stages =
      address === null
        ? []
        : [{ stage: 'ADDRESS' as const, state: 'PASSED' as const, detail: address, ms: 1, problem: null }];
    expect(isPublicHost(url, stages)).toBe(isPublic);
  });
});
