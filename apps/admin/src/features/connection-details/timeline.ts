// The last day as bars and as words. Pure: everything follows from the buckets and samples alone.
import type { ConnectionDetails_healthFragment } from '@intrallm/schema';
import { formatLatency } from '../../lib/format/duration.js';
import { formatShare } from '../../lib/format/share.js';
import { formatTime } from '../../lib/format/time.js';
import { pastWord } from '../../lib/past-status.js';

type Bucket = ConnectionDetails_healthFragment['timeline'][number];
export type Sample = ConnectionDetails_healthFragment['history'][number];

/** "13:30–14:00 · Offline, 40.0% up", "13:30–14:00 · Online, 18 ms". */
export function bucketInWords({ from, to, worst, upShare, p50LatencyMs }: Bucket): string {
  const isPartlyUp = worst === 'OFFLINE' && upShare !== null && upShare > 0;
  const detail = isPartlyUp
    ? `, ${formatShare(upShare)} up`
    : p50LatencyMs === null
      ? ''
      : `, ${formatLatency(p50LatencyMs)}`;
  return `${formatTime(from)}–${formatTime(to)} · ${pastWord(worst)}${detail}`;
}

/** The samples at which the status or its problem became another one, newest first. */
export function transitionsOf(history: readonly Sample[]): Sample[] {
  return history.filter((sample, index) => {
    const before = history[index + 1];
    return before === undefined || before.status !== sample.status || before.problem?.code !== sample.problem?.code;
  });
}
