import { badInput } from '../errors.js';
import { GRAIN_MS, KEPT_MS, startOf, type Grain } from './grains.js';
import type { Stretch, TimeZone } from './time-zone.js';

export type Bucket = 'MINUTE' | 'HOUR' | 'DAY';

/** Stored sums that belong to a bucket: those of a grain that begin within the stretch. */
export interface Span extends Stretch {
  readonly grain: Grain;
  /** When the bucket begins; null: each sum is a bucket by itself. */
  readonly bucket: number | null;
}

const GRAIN_OF: Readonly<Record<Bucket, Grain>> = { MINUTE: 'MINUTE', HOUR: 'QUARTER', DAY: 'DAY' };
/** The earliest instant that may be asked for lies a little before the one that is promised: clocks differ. */
const TOLERANCE_MS = 60_000;

interface Asked extends Stretch {
  readonly bucket: Bucket;
  readonly zone: TimeZone;
  readonly now: number;
}

/**
 * What to read for the buckets that touch the stretch, each of them whole. Throws BAD_USER_INPUT naming `from` where it
 * lies before what is kept, which bounds their number, too.
 */
export function spansOf({ start, end, bucket, zone, now }: Asked): Span[] {
  const grain = GRAIN_OF[bucket];
  const oldest = now - KEPT_MS[grain];
  if (start < oldest - TOLERANCE_MS) throw tooOld(bucket, oldest);
  // What lies ahead has no usage: not worth a bucket.
  const stretch = { start, end: Math.min(end, now + GRAIN_MS.DAY) };
  if (stretch.start >= stretch.end) return [];
  if (bucket === 'HOUR') {
    const hours = zone.hours(stretch);
    return hours.map((hour) => ({ ...hour, bucket: hour.start, grain }));
  }
  if (bucket === 'MINUTE' || zone.isUtc) {
    const length = GRAIN_MS[grain];
    return [{ grain, bucket: null, start: startOf(grain, start), end: Math.ceil(stretch.end / length) * length }];
  }
  return localDays(stretch, zone, now);
}

/**
 * Days of a zone are made of quarters of an hour as long as those are kept. Before that, days of UTC stand for the days of
 * the same date. Where one goes over into the other every request is counted once, if not always on its own day.
 */
function localDays(stretch: Stretch, zone: TimeZone, now: number): Span[] {
  const seam = startOf('DAY', now - KEPT_MS.QUARTER) + GRAIN_MS.DAY;
  return zone.days(stretch).flatMap(({ start, end, utcMidnight }) => {
    const spans: Span[] = [];
    if (utcMidnight < seam) {
      spans.push({ bucket: start, grain: 'DAY', start: utcMidnight, end: utcMidnight + GRAIN_MS.DAY });
    }
    if (end > seam) spans.push({ bucket: start, grain: 'QUARTER', start: Math.max(start, seam), end });
    return spans;
  });
}

function tooOld(bucket: Bucket, oldest: number): Error {
  const coarser = bucket === 'MINUTE' ? ', or ask for HOUR or DAY' : bucket === 'HOUR' ? ', or ask for DAY' : '';
  const earliest = new Date(Math.ceil(oldest / 60_000) * 60_000).toISOString();
  return badInput([{ field: 'from', message: `Usage by ${bucket} is kept since ${earliest}: begin there${coarser}.` }]);
}
