import { memo, useState, type PointerEvent } from 'react';
import { formatShare } from '../../../lib/format/share.js';
import { formatTime } from '../../../lib/format/time.js';
import { knownSince } from '../../../lib/known-since.js';
import { toneOf } from '../../../lib/status-tone.js';
import classes from './uptime-bars.module.css';
import {
  barPitch,
  barsPath,
  barWidth,
  bucketAt,
  bucketWords,
  barHeight,
  barPaths,
  historyWords,
  type Bucket,
} from './uptime-history.js';

interface UptimeBarsProps {
  /** Null while they are on their way. */
  buckets: readonly Bucket[] | null;
  uptime: number | null;
  /** When the connection was made: nothing is known of before. */
  linkedAt: string;
  /** Switched off: the day goes on without this connection. */
  paused: boolean;
}

/**
 * The last 24 hours. The words of the half hour under the pointer stand below it, where the day's share stands else.
 */
export const UptimeBars = memo(function UptimeBars({ buckets, uptime, linkedAt, paused }: UptimeBarsProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  if (!buckets || buckets.length === 0) return <div className={classes.history} aria-hidden />;

  const width = buckets.length * barPitch - (barPitch - barWidth);
  const bucket = pointed === null ? undefined : buckets[pointed];
  const since = knownSince(buckets, linkedAt);
  const span = since === null ? '24 h' : `since ${formatTime(since)}`;
  const share = uptime === null ? 'no data yet' : `${formatShare(uptime)} · ${span}`;
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setPointed(bucketAt(buckets, (event.clientX - box.left) / box.width));
  };

  return (
    <div className={classes.history}>
      <svg
        role="img"
        aria-label={historyWords(buckets, uptime, since)}
        width={width}
        height={barHeight}
        viewBox={`0 0 ${width} ${barHeight}`}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setPointed(null)}
      >
        {barPaths(buckets).map(({ tone, path }) => (
          <path key={tone} className={classes.bars} data-tone={tone} data-pointed={pointed !== null} d={path} />
        ))}
        {pointed !== null && bucket && (
          <path className={classes.bars} data-tone={toneOf(bucket.worst)} d={barsPath(pointed, 1)} />
        )}
      </svg>
      <div className={classes.caption} data-pointed={bucket !== undefined} aria-hidden>
        {bucket ? bucketWords(bucket) : paused ? 'paused' : share}
      </div>
    </div>
  );
});
