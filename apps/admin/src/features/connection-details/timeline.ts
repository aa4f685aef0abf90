// The last day in words. Pure: everything follows from the buckets alone.
import type { ConnectionDetails_healthFragment } from '@intrallm/schema';
import { formatLatency } from '../../lib/format/duration.js';
import { formatShare } from '../../lib/format/share.js';
import { formatTime } from '../../lib/format/time.js';
import { pastWord } from '../../lib/past-status.js';

type Bucket = ConnectionDetails_healthFragment['timeline'][number];

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
