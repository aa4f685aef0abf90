import { isIP } from 'node:net';
import { isPublicAddress, type Check, type StageResult } from '@intrallm/providers';
import type { HealthState } from '../health/assess.js';

/** How often endpoints are checked. All in milliseconds, `jitter` apart. */
export interface Cadence {
  readonly regularMs: number;
  /** Between two reads of a public host's catalogue, which is all that a check there could do. */
  readonly publicMs: number;
  /** After the first, second and third failure in a row. */
  readonly recheckMs: readonly number[];
  /**
   * The slowest it gets while offline, where it doubles from `regularMs`: who has repaired an endpoint waits for it.
   */
  readonly offlineMaxMs: number;
  /** While the endpoint loads a model and does not say how long. */
  readonly soonMs: number;
  /** Part of an interval by which it may be shorter or longer, so that endpoints do not fall into step. */
  readonly jitter: number;
  /** Of one check. */
  readonly deadlineMs: number;
}

export const DEFAULT_CADENCE: Cadence = {
  regularMs: 30_000,
  publicMs: 300_000,
  recheckMs: [1_000, 2_000, 4_000],
  // With the jitter, and a check that times out after 5 s, an endpoint that is back is seen within 30 s.
  offlineMaxMs: 22_500,
  soonMs: 3_000,
  jitter: 0.1,
  deadlineMs: 8_000,
};

const MAX_LOADING_WAIT_MS = 30_000;
const MAX_RATE_LIMIT_WAIT_MS = 600_000;

/** When to look again after this check made that state, in milliseconds from now. `random` as Math.random. */
export function nextCheckInMs(
  state: HealthState,
  check: Check,
  options: { readonly url: string; readonly cadence: Cadence; readonly random: () => number },
): number {
  const { cadence, random } = options;
  const jittered = (ms: number): number => Math.round(ms * (1 + cadence.jitter * (2 * random() - 1)));
  if (check.status === 'OFFLINE') {
    const quick = cadence.recheckMs[state.failures - 1];
    if (quick !== undefined) return quick;
    const doublings = Math.min(state.failures - cadence.recheckMs.length - 1, 20);
    return jittered(Math.min(cadence.regularMs * 2 ** doublings, cadence.offlineMaxMs));
  }
  if (check.problem?.code === 'LOADING') {
    return Math.min(Math.max(check.retryAfterMs ?? cadence.soonMs, cadence.recheckMs[0] ?? 0), MAX_LOADING_WAIT_MS);
  }
  const usual = jittered(isPublicHost(options.url, state.stages) ? cadence.publicMs : cadence.regularMs);
  if (check.problem?.code !== 'RATE_LIMITED') return usual;
  return Math.max(usual, Math.min(check.retryAfterMs ?? 0, MAX_RATE_LIMIT_WAIT_MS));
}

const PRIVATE_SUFFIXES = [
  'localhost',
  'local',
  'localdomain',
  'lan',
  'internal',
  'intranet',
  'home',
  'corp',
  'private',
  'home.arpa',
];

/**
 * Whether an endpoint is on the internet, where reading its catalogue often is not welcome. An address literal is
 * judged itself, a name by the address that the last check resolved it to; a name not resolved yet counts as public
 * unless it has no dot or ends as names of private networks do (RFC 6762, RFC 8375 and custom).
 */
export function isPublicHost(url: string, stages: readonly StageResult[]): boolean {
  const host = new URL(url).hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(host) !== 0) return isPublicAddress(host);
  const resolved = resolvedAddress(stages);
  if (resolved !== null) return isPublicAddress(resolved);
  return host.includes('.') && !PRIVATE_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}

function resolvedAddress(stages: readonly StageResult[]): string | null {
  const detail = stages.find((stage) => stage.stage === 'ADDRESS')?.detail ?? '';
  return detail.split(/[\s,[\]()]+/).find((word) => isIP(word) !== 0) ?? null;
}
