// The last day as a picture and as words. Pure: what it draws and says follows from the buckets alone.
import type { ConnectionStrip_connectionFragment } from '@intrallm/schema';
import { formatLatency } from '../../../lib/format/duration.js';
import { formatShare } from '../../../lib/format/share.js';
import { formatTime } from '../../../lib/format/time.js';
import { pastWord } from '../../../lib/past-status.js';
import { toneOf, type StatusTone } from '../../../lib/status-tone.js';

export type Bucket = ConnectionStrip_connectionFragment['health']['timeline'][number];

export const barWidth = 2;
export const barPitch = 3;
export const barHeight = 16;
const namedSpans = 5;

/**
 * One SVG path per colour, in which bars beside each other are one line that the style sheet dashes: three short paths
 * draw a whole day, however many bars it has.
 */
export function barPaths(buckets: readonly Bucket[]): { tone: StatusTone; path: string }[] {
  const paths = new Map<StatusTone, string>();
  const tones = buckets.map(({ worst }) => toneOf(worst));
  for (let start = 0, end = 0; start < tones.length; start = end) {
    const tone = tones[start] as StatusTone;
    while (end < tones.length && tones[end] === tone) end += 1;
    paths.set(tone, (paths.get(tone) ?? '') + barsPath(start, end - start));
  }
  return [...paths].map(([tone, path]) => ({ tone, path }));
}

/** The line of `count` bars from the bar with this index on. Dashes of `barWidth` begin anew with each line. */
export function barsPath(index: number, count: number): string {
  return `M${index * barPitch} ${barHeight / 2}h${count * barPitch - (barPitch - barWidth)}`;
}

/** The bucket under a point of the picture, where 0 is its left and 1 its right end. */
export function bucketAt(buckets: readonly Bucket[], position: number): number {
  return Math.max(0, Math.min(buckets.length - 1, Math.floor(position * buckets.length)));
}

/** "13:30–14:00 Offline", "13:30–14:00 Online 18 ms". */
export function bucketWords(bucket: Bucket): string {
  const isPartlyUp = bucket.worst === 'OFFLINE' && bucket.upShare !== null && bucket.upShare > 0;
  const latency =
    bucket.worst === 'ONLINE' && bucket.p50LatencyMs !== null ? ` ${formatLatency(bucket.p50LatencyMs)}` : '';
  const share = isPartlyUp ? `, ${formatShare(bucket.upShare ?? 0)} up` : '';
  return `${formatTime(bucket.from)}–${formatTime(bucket.to)} ${pastWord(bucket.worst)}${latency}${share}`;
}

/**
 * The whole day for those who do not see it: the share, and since when where that is not the whole day, then every
 * stretch that was not simply online.
 */
export function historyWords(buckets: readonly Bucket[], uptime: number | null, since: string | null): string {
  const span = since === null ? '' : ` since ${formatTime(since)}`;
  const start =
    uptime === null ? 'Last 24 hours: nothing known yet.' : `Last 24 hours: ${formatShare(uptime)} up${span}.`;
  const spans = mergeSpans(buckets).filter(({ worst }) => worst !== 'ONLINE' && worst !== null && worst !== 'UNKNOWN');
  const named = spans
    .slice(-namedSpans)
    .map((span) => `${pastWord(span.worst)} ${formatTime(span.from)}–${formatTime(span.to)}.`);
  const left = spans.length - named.length;
  return [start, ...(left > 0 ? [`${left} earlier disturbances.`] : []), ...named].join(' ');
}

function mergeSpans(buckets: readonly Bucket[]): Pick<Bucket, 'from' | 'to' | 'worst'>[] {
  const spans: Pick<Bucket, 'from' | 'to' | 'worst'>[] = [];
  for (const { from, to, worst } of buckets) {
    const last = spans.at(-1);
    if (last?.worst === worst) last.to = to;
    else spans.push({ from, to, worst });
  }
  return spans;
}
