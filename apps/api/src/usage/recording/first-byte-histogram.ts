// First-byte times as counts between fixed bounds: counts can be added up in SQL over any stretch of time and any
// group, which no percentile can.

/**
 * Upper bounds in milliseconds, each about 1.6 times the one before (the series R5 of ISO 3): a percentile is off by at
 * most that factor, and by far less where times are spread. What is longer goes into one more count.
 */
export const FIRST_BYTE_BOUNDS_MS = [
  4, 6.3, 10, 16, 25, 40, 63, 100, 160, 250, 400, 630, 1_000, 1_600, 2_500, 4_000, 6_300, 10_000, 16_000, 25_000,
  40_000, 63_000, 100_000, 160_000,
] as const;

/** Where nobody set another deadline for the first byte, nothing is longer. */
const LONGEST_MS = 600_000;

/** One more than there are bounds. */
export const FIRST_BYTE_COUNTS = FIRST_BYTE_BOUNDS_MS.length + 1;

/** Which count a time belongs to. */
export function firstByteIndex(firstByteMs: number): number {
  let low = 0;
  let high: number = FIRST_BYTE_BOUNDS_MS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firstByteMs <= (FIRST_BYTE_BOUNDS_MS[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The time in milliseconds that this share of the requests, more than 0 up to 1, did not exceed: interpolated between
 * two bounds as if times were spread evenly on a logarithmic scale. Null where nothing was counted.
 */
export function firstBytePercentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = total * share;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && left <= count) return between(index, left / count);
    left -= count;
  }
  return LONGEST_MS;
}

function between(index: number, part: number): number {
  const upper = FIRST_BYTE_BOUNDS_MS[index] ?? LONGEST_MS;
  const lower = FIRST_BYTE_BOUNDS_MS[index - 1];
  // Below the first bound there is no factor to go by.
  return lower === undefined ? upper * part : lower * (upper / lower) ** part;
}
