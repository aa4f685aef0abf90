import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import { isKnown, isUp } from './assess.js';

export const HALF_HOUR_MS = 1_800_000;
/** More than a half hour of checks every 30 s. */
const MAX_LATENCIES = 64;

/** A bucket in work: the row of health_bucket with instants as milliseconds. */
export interface HalfHour {
  readonly connectionId: string;
  readonly from: number;
  worst: ConnectionStatus | null;
  upMs: number;
  knownMs: number;
  latencies: number[];
}

export const halfHourOf = (at: number): number => Math.floor(at / HALF_HOUR_MS) * HALF_HOUR_MS;

export const emptyHalfHour = (connectionId: string, from: number): HalfHour => ({
  connectionId,
  from,
  worst: null,
  upMs: 0,
  knownMs: 0,
  latencies: [],
});

/** Adds time spent in a status; time UNKNOWN or DISABLED leaves no trace. */
export function addTime(bucket: HalfHour, status: ConnectionStatus, ms: number): void {
  if (ms <= 0 || !isKnown(status)) return;
  bucket.knownMs += ms;
  if (isUp(status)) bucket.upMs += ms;
  bucket.worst = worseOf(bucket.worst, status);
}

/** Keeps all latencies up to a bound, then a random selection of them. */
export function addLatency(bucket: HalfHour, latencyMs: number, random: () => number): void {
  if (bucket.latencies.length < MAX_LATENCIES) bucket.latencies.push(latencyMs);
  else bucket.latencies[Math.floor(random() * MAX_LATENCIES)] = latencyMs;
}

const SEVERITY: Readonly<Record<ConnectionStatus, number>> = {
  DISABLED: 0,
  UNKNOWN: 0,
  ONLINE: 1,
  DEGRADED: 2,
  UNAUTHORIZED: 3,
  OFFLINE: 4,
};

export function worseOf(one: ConnectionStatus | null, other: ConnectionStatus | null): ConnectionStatus | null {
  if (one === null) return other;
  return other !== null && SEVERITY[other] > SEVERITY[one] ? other : one;
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
