import { GRAIN_MS, GRAINS, startOf, type Grain } from '../grains.js';
import { PLAIN_SUMS, SUMS, type Dimension, type PlainSum } from '../usage-columns.js';
import { FIRST_BYTE_COUNTS, firstByteIndex } from './first-byte-histogram.js';

/** How a request for a model ended. */
export interface UsageRecord {
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  /** Null: nobody answered. */
  readonly connectionId: string | null;
  /** The public name; null: not one that is served. */
  readonly model: string | null;
  readonly userId: string;
  /** Null: a person who signed in. */
  readonly tokenId: string | null;
  /** `rejected`: an error of ours was the answer. */
  readonly outcome: 'complete' | 'upstream-error' | 'truncated' | 'client-abort' | 'rejected';
  /** As the endpoint counted them; null: it did not say. */
  readonly tokens: { readonly input: number | null; readonly output: number | null };
  /** From when it was read; null: no byte came. */
  readonly firstByteMs: number | null;
  readonly totalMs: number;
}

/** Who, what and where, within one minute. */
export interface Key extends Readonly<Record<Dimension, string>> {
  /** Since 1970. */
  readonly minute: number;
}

/** A row as it is added to the database. */
export interface Row extends Readonly<Record<Dimension, string>> {
  readonly grain: Grain;
  /** When the minute or longer time begins, in minutes since 1970. */
  readonly minute: number;
  /** In the order of `SUMS`. */
  readonly sums: readonly number[];
}

/** Longer counts of one request are nonsense, and would overflow the sums of others. */
const MOST_TOKENS = 1_000_000_000;

const FIRST_BYTES_AT = PLAIN_SUMS.length;
const at = (name: PlainSum): number => PLAIN_SUMS.indexOf(name);
const PLACE = Object.fromEntries(PLAIN_SUMS.map((name) => [name, at(name)])) as Readonly<Record<PlainSum, number>>;
const PLACE_OF_OUTCOME: Readonly<Record<UsageRecord['outcome'], number>> = {
  complete: PLACE.complete,
  'upstream-error': PLACE.upstreamErrors,
  truncated: PLACE.truncated,
  'client-abort': PLACE.clientAborts,
  rejected: PLACE.rejected,
};

export const noSums = (): number[] => new Array<number>(FIRST_BYTES_AT + FIRST_BYTE_COUNTS).fill(0);

/** Adds one request, in place. */
export function addRequest(sums: number[], { outcome, tokens, connectionId, firstByteMs, totalMs }: UsageRecord): void {
  add(sums, PLACE_OF_OUTCOME[outcome], 1);
  add(sums, PLACE.totalMs, Math.max(0, Math.round(totalMs)));
  const input = believable(tokens.input);
  const output = believable(tokens.output);
  if (input !== null) {
    add(sums, PLACE.promptTokens, input);
    add(sums, PLACE.promptReports, 1);
  }
  if (output !== null) {
    add(sums, PLACE.completionTokens, output);
    add(sums, PLACE.completionReports, 1);
  }
  // An error says nothing of how fast answers are, and is no answer that tokens would be counted of.
  if (outcome === 'upstream-error' || connectionId === null) return;
  if (input === null && output === null) add(sums, PLACE.uncounted, 1);
  if (firstByteMs !== null) add(sums, FIRST_BYTES_AT + firstByteIndex(firstByteMs), 1);
}

/** The rows to be added for these minutes: one a minute, and of the longer grains one for all minutes within. */
export function toRows(minutes: Iterable<readonly [Key, readonly number[]]>): Row[] {
  const rows = new Map<string, Row & { readonly sums: number[] }>();
  for (const [{ minute, ...key }, sums] of minutes) {
    for (const grain of GRAINS) {
      const start = startOf(grain, minute * GRAIN_MS.MINUTE) / GRAIN_MS.MINUTE;
      const { connectionId, userId, tokenId, model } = key;
      // The name last: it alone can hold any character.
      const name = [grain, String(start), connectionId, userId, tokenId, model].join('\n');
      const row = rows.get(name);
      if (row === undefined) rows.set(name, { ...key, grain, minute: start, sums: [...sums] });
      else for (const [index] of SUMS.entries()) add(row.sums, index, sums[index] ?? 0);
    }
  }
  // In one order for all processes: two that add to the same rows wait for each other and never in a circle.
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function add(sums: number[], place: number, by: number): void {
  sums[place] = (sums[place] ?? 0) + by;
}

const believable = (count: number | null): number | null => (count !== null && count <= MOST_TOKENS ? count : null);
