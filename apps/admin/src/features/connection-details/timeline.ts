// The last day as bars and as words. Pure: everything follows from the buckets and samples alone.
import type { ConnectionDetails_healthFragment, ConnectionStatus } from '@intrallm/schema';
import { formatLatency } from '../../lib/format/duration.js';
import { formatShare } from '../../lib/format/share.js';
import { formatTime } from '../../lib/format/time.js';

type Bucket = ConnectionDetails_healthFragment['timeline'][number];
export type Sample = ConnectionDetails_healthFragment['history'][number];

const WORDS: Readonly<Record<ConnectionStatus, string>> = {
  ONLINE: 'Online',
  DEGRADED: 'Impaired',
  OFFLINE: 'Offline',
  UNAUTHORIZED: 'Key refused',
  DISABLED: 'Switched off',
  UNKNOWN: 'Nothing known',
};

/** A past status as a word; one that this app does not know yet in its own spelling. */
export function statusWord(status: ConnectionStatus | null): string {
  if (status === null) return WORDS.UNKNOWN;
  return (WORDS as Record<string, string>)[status] ?? status.toLowerCase().replaceAll('_', ' ');
}

/** "13:30–14:00 · Offline, 40.0% up", "13:30–14:00 · Online, 18 ms". */
export function bucketInWords({ from, to, worst, upShare, p50LatencyMs }: Bucket): string {
  const isPartlyUp = worst === 'OFFLINE' && upShare !== null && upShare > 0;
  const detail = isPartlyUp
    ? `, ${formatShare(upShare)} up`
    : p50LatencyMs === null
      ? ''
      : `, ${formatLatency(p50LatencyMs)}`;
  return `${formatTime(from)}–${formatTime(to)} · ${statusWord(worst)}${detail}`;
}

/** The samples at which the status or its problem became another one, newest first. */
export function transitionsOf(history: readonly Sample[]): Sample[] {
  return history.filter((sample, index) => {
    const before = history[index + 1];
    return before === undefined || before.status !== sample.status || before.problem?.code !== sample.problem?.code;
  });
}
