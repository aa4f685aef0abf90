import { badInput } from '../../errors.js';
import { GRAIN_MS, KEPT_MS, startOf, type Grain } from '../grains.js';
import type { Stretch, TimeZone } from './time-zone.js';

export type Bucket = 'MINUTE' | 'HOUR' | 'DAY';

const HOUR_MS = 3_600_000;
const DAY_MS = GRAIN_MS.DAY;

/**
 * Stored sums of one grain within a stretch, and which of them go together: those whose beginning, `shiftMs` later, is
 * within the same multiple of `lengthMs`, which is the name of the bucket.
 */
export interface Part extends Stretch {
  readonly grain: Grain;
  readonly shiftMs: number;
  readonly lengthMs: number;
  /** Is taken from the name again. */
  readonly backMs: number;
}

/** What to read for a query, and when a bucket begins that has been read under that name. */
export interface Plan {
  readonly parts: readonly Part[];
  readonly startOf: (name: number) => number;
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
export function planOf({ start, end, bucket, zone, now }: Asked): Plan {
  const grain = GRAIN_OF[bucket];
  const oldest = now - KEPT_MS[grain];
  if (start < oldest - TOLERANCE_MS) throw tooOld(bucket, oldest);
  // Nothing has ended yet that lies ahead.
  const stretch = { start, end: Math.min(end, now + DAY_MS) };
  if (stretch.start >= stretch.end) return { parts: [], startOf: asItIs };
  if (bucket === 'HOUR') return hours(stretch, zone);
  if (bucket === 'DAY' && !zone.isUtc) return localDays(stretch, zone, now);
  const lengthMs = GRAIN_MS[grain];
  const whole = { start: startOf(grain, stretch.start), end: startOf(grain, stretch.end - 1) + lengthMs };
  return { parts: [{ ...whole, grain, lengthMs, shiftMs: 0, backMs: 0 }], startOf: asItIs };
}

const asItIs = (name: number): number => name;

/** Only what of an hour the clocks are away from UTC matters: so the hour that they show twice is two. */
function hours({ start, end }: Stretch, zone: TimeZone): Plan {
  const whole = { start: zone.hourAround(start).start, end: zone.hourAround(end - 1).end };
  const parts = zone.steady(whole).map(({ offset, ...part }): Part => {
    const shiftMs = ((offset % HOUR_MS) + HOUR_MS) % HOUR_MS;
    return { ...part, grain: 'QUARTER', lengthMs: HOUR_MS, shiftMs, backMs: shiftMs };
  });
  // Where clocks were put to half past in the midst of an hour, it begins with that.
  return { parts, startOf: (name) => zone.startOfHour(name + HOUR_MS - 1) };
}

/**
 * Days of a zone are made of quarters of an hour as long as those are kept; their name is their date. Before that, days
 * of UTC stand for the days of the same date. Where one goes over into the other every request is counted once, if not
 * always on its own day.
 */
function localDays({ start, end }: Stretch, zone: TimeZone, now: number): Plan {
  const seam = startOf('DAY', now - KEPT_MS.QUARTER) + DAY_MS;
  const whole = { start: zone.dayAround(start).start, end: zone.dayAround(end - 1).end };
  const dates = { start: zone.dateOf(start), end: zone.dateOf(end - 1) + DAY_MS };
  const parts: Part[] = zone
    .steady({ start: Math.max(whole.start, seam), end: whole.end })
    .map(({ offset, ...part }) => ({ ...part, grain: 'QUARTER', lengthMs: DAY_MS, shiftMs: offset, backMs: 0 }));
  if (dates.start < seam) {
    const end = Math.min(dates.end, seam);
    parts.push({ start: dates.start, end, grain: 'DAY', lengthMs: DAY_MS, shiftMs: 0, backMs: 0 });
  }
  return { parts, startOf: (date) => zone.startOfDate(date) };
}

function tooOld(bucket: Bucket, oldest: number): Error {
  const coarser = bucket === 'MINUTE' ? ', or ask for HOUR or DAY' : bucket === 'HOUR' ? ', or ask for DAY' : '';
  const earliest = new Date(Math.ceil(oldest / 60_000) * 60_000).toISOString();
  return badInput([{ field: 'from', message: `Usage by ${bucket} is kept since ${earliest}: begin there${coarser}.` }]);
}
