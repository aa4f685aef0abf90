import type { Check, Problem, StageResult } from '@intrallm/providers';
import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';

/** The third failure in a row makes OFFLINE. */
const FAILURES_TO_OFFLINE = 3;
/** A live refusal outweighs a list that is open to everybody for this long; then it gets another chance. */
export const LIVE_REFUSAL_MS = 10 * 60_000;

/** What is known of an endpoint, as far as one check can change it. */
export interface HealthState {
  readonly status: ConnectionStatus;
  readonly since: Date;
  readonly checkedAt: Date | null;
  readonly latencyMs: number | null;
  readonly problem: Problem | null;
  readonly failures: number;
  readonly serverVersion: string | null;
  readonly stages: readonly StageResult[];
}

export interface AssessOptions {
  readonly at: Date;
  /** Live traffic was refused (401, 403) since the last proof of the key. */
  readonly refusedLive: boolean;
}

/**
 * The state after one more check. A failure counts up and takes effect with the third in a row, or with the first where
 * nothing was known; every other answer takes effect at once. A failed check leaves `latencyMs` and `serverVersion`
 * as they were. Until a failure takes effect, status and problem stay what they are.
 */
export function assess(before: HealthState, check: Check, options: AssessOptions): HealthState {
  const seen = {
    ...before,
    checkedAt: options.at,
    stages: check.stages,
    serverVersion: check.serverVersion ?? before.serverVersion,
  };
  switch (check.status) {
    case 'OFFLINE': {
      const failures = before.failures + 1;
      const takesEffect = failures >= FAILURES_TO_OFFLINE || !isKnown(before.status) || before.status === 'OFFLINE';
      return takesEffect ? turn({ ...seen, failures }, 'OFFLINE', check, options.at) : { ...seen, failures };
    }
    case 'UNAUTHORIZED':
      return turn({ ...seen, failures: 0 }, 'UNAUTHORIZED', check, options.at);
    case 'ONLINE':
    case 'DEGRADED': {
      if (before.status === 'UNAUTHORIZED' && !provesKey(check, options.refusedLive)) return seen;
      // A 429 is an answer, but no evidence for or against: an open window of failures stays open.
      const failures = isRateLimited(check) && before.status !== 'OFFLINE' ? before.failures : 0;
      const answered = { ...seen, failures, latencyMs: check.latencyMs ?? before.latencyMs };
      return turn(answered, check.status, check, options.at);
    }
  }
}

/** The endpoint answers requests: ONLINE or DEGRADED. */
export const isUp = (status: ConnectionStatus): boolean => status === 'ONLINE' || status === 'DEGRADED';

/** Neither UNKNOWN nor DISABLED. */
export const isKnown = (status: ConnectionStatus): boolean => status !== 'UNKNOWN' && status !== 'DISABLED';

function turn(state: HealthState, status: ConnectionStatus, check: Check, at: Date): HealthState {
  return { ...state, status, since: state.status === status ? state.since : at, problem: check.problem };
}

function isRateLimited(check: Check): boolean {
  return check.problem?.code === 'RATE_LIMITED';
}

/**
 * Whether an answer lifts UNAUTHORIZED. A rate limit often stands before the check of the key, and a list that is open
 * to everybody says nothing about the key that live traffic was refused with.
 */
function provesKey(check: Check, refusedLive: boolean): boolean {
  if (isRateLimited(check)) return false;
  return !refusedLive || !check.stages.some((stage) => stage.stage === 'AUTH' && stage.state === 'UNPROVEN');
}
