import { describe, expect, it } from '@jest/globals';
import {
  FIRST_BYTE_BOUNDS_MS,
  FIRST_BYTE_COUNTS,
  firstByteIndex,
  firstBytePercentile,
} from './first-byte-histogram.js';

function countsOf(times: readonly number[]): number[] {
  const counts = new Array<number>(FIRST_BYTE_COUNTS).fill(0);
  for (const time of times) counts[firstByteIndex(time)]! += 1;
  return counts;
}

describe('first-byte times', () => {
  it('are counted below the first bound that they do not exceed', () => {
    const bounds = FIRST_BYTE_BOUNDS_MS.map((bound, index) => [firstByteIndex(bound), index]);
    expect(bounds.every(([found, wanted]) => found === wanted)).toBe(true);
    expect([firstByteIndex(0), firstByteIndex(4.01), firstByteIndex(160_001)]).toEqual([0, 1, 24]);
    expect(firstByteIndex(Number.POSITIVE_INFINITY)).toBe(24);
  });

  it('have no percentile where there are none', () => {
    expect(firstBytePercentile(countsOf([]), 0.5)).toBeNull();
  });

  it.each([
    ['spread evenly', Array.from({ length: 1_000 }, (_time, index) => index + 1)],
    ['spread over many sizes', Array.from({ length: 1_000 }, (_time, index) => 10 ** (1 + (index / 1_000) * 4))],
  ])('%s have percentiles within 10 %% of the true ones', (_how, times) => {
    for (const share of [0.5, 0.95]) {
      const wanted = times[times.length * share - 1]!;
      const found = firstBytePercentile(countsOf(times), share)!;
      expect(Math.abs(found / wanted - 1)).toBeLessThan(0.1);
    }
  });

  it('that are all alike have a percentile between the bounds around them, and never one beyond the last deadline', () => {
    const percentile = firstBytePercentile(countsOf([700, 700, 700]), 0.95)!;
    expect(percentile).toBeGreaterThan(630);
    expect(percentile).toBeLessThanOrEqual(1_000);
    expect(firstBytePercentile(countsOf([3_600_000]), 1)).toBe(600_000);
    expect(firstBytePercentile(countsOf([1, 1]), 0.5)).toBe(2);
  });
});
