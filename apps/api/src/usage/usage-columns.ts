import { FIRST_BYTE_COUNTS } from './recording/first-byte-histogram.js';

/**
 * What a row of usage is about, in the order of its key. '' stands for nobody: null is equal to nothing in a unique
 * key.
 */
export const DIMENSIONS = ['connectionId', 'model', 'userId', 'tokenId'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Requests by how they ended. */
export const OUTCOME_COUNTS = ['complete', 'upstreamErrors', 'truncated', 'clientAborts', 'rejected'] as const;

/** Sums over the requests of a row, apart from the first-byte times. */
export const PLAIN_SUMS = [
  ...OUTCOME_COUNTS,
  'promptTokens',
  'promptReports',
  'completionTokens',
  'completionReports',
  'uncounted',
  'totalMs',
] as const;
export type PlainSum = (typeof PLAIN_SUMS)[number];

export const FIRST_BYTE_COLUMNS: readonly string[] = Array.from(
  { length: FIRST_BYTE_COUNTS },
  (_count, index) => `firstByte${String(index)}`,
);

/** Every column that is added up, in the order in which sums are kept in memory. */
export const SUMS: readonly string[] = [...PLAIN_SUMS, ...FIRST_BYTE_COLUMNS];
