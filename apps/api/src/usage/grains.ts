const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Lengths of time that usage is summed up by, all three at once when it is stored: no later step makes one of another
 * and could fall behind. Hours and days of any time zone are whole quarters of an hour, because every zone of today is
 * a multiple of 15 minutes away from UTC; DAY is the day of UTC.
 */
export type Grain = 'MINUTE' | 'QUARTER' | 'DAY';

export const GRAIN_MS: Readonly<Record<Grain, number>> = {
  MINUTE: MINUTE_MS,
  QUARTER: 15 * MINUTE_MS,
  DAY: DAY_MS,
};

export const GRAINS: readonly Grain[] = ['MINUTE', 'QUARTER', 'DAY'];

/**
 * How far back each can be asked for. Minutes are for looking into what went wrong this week; quarters of an hour for
 * the longest quarter of a year and the week after it, when somebody writes the report; days for comparing three years.
 */
export const KEPT_MS: Readonly<Record<Grain, number>> = {
  MINUTE: 7 * DAY_MS,
  QUARTER: 100 * DAY_MS,
  DAY: 1_096 * DAY_MS,
};

/** What may be asked for is there whole: the bucket that it begins in may be a day longer, and clocks differ. */
export const SPARE_MS = 2 * DAY_MS;

export const startOf = (grain: Grain, at: number): number => Math.floor(at / GRAIN_MS[grain]) * GRAIN_MS[grain];
