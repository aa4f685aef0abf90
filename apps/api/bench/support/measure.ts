/** A claim with what was measured for it: one line of the table. */
export interface Row {
  readonly claim: string;
  readonly against: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number;
  /** Of the rounds: `compared` is a ratio, or a difference where the goal is one. */
  readonly compared: Spread;
  readonly goal: Goal;
  /** What else a reader should know: sizes, counts, what was checked. */
  readonly note?: string;
}

interface Goal {
  readonly is: 'at least' | 'at most';
  readonly value: number;
  /** Default: a ratio. */
  readonly as?: 'ratio' | 'difference' | 'value';
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** How long and how often is measured. */
export interface Effort {
  readonly rounds: number;
  /** Of one measurement of one variant. */
  readonly seconds: number;
}

/** Measures the variants in turns, A B A B …, so that what else the machine does meets all of them alike. */
export async function interleave<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(variants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) measured[name].push(await variants[name]());
  }
  return measured;
}

/**
 * The line of a claim about something rare, such as the slowest hundredth. Both are measured at once, since a moment in which the
 * machine does something else decides it, and what all rounds gave is put together before it is compared. The spread is that of
 * the ratios with one round of both left out, each in turn.
 */
export async function poolRounds(
  rounds: number,
  variants: Readonly<Record<'ours' | 'theirs', () => Promise<readonly number[]>>>,
  statistic: (values: readonly number[]) => number,
  line: Pick<Row, 'claim' | 'against' | 'unit' | 'goal' | 'note'>,
): Promise<Row> {
  const values = { ours: [] as (readonly number[])[], theirs: [] as (readonly number[])[] };
  // The first round only warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const [ours, theirs] = await Promise.all([variants.ours(), variants.theirs()]);
    if (round === 0) continue;
    values.ours.push(ours);
    values.theirs.push(theirs);
  }
  const of = (name: 'ours' | 'theirs', without: number | null) =>
    statistic(values[name].filter((_, round) => round !== without).flat());
  const leftOut = values.ours.map((_, round) => of('ours', round) / of('theirs', round));
  const [ours, theirs] = [of('ours', null), of('theirs', null)];
  return { ...line, ours, theirs, compared: { ...spread(leftOut), median: ours / theirs } };
}

/** The line of a claim from paired rounds: what is compared is compared within a round. */
export function toRow(
  ours: readonly number[],
  theirs: readonly number[],
  line: Pick<Row, 'claim' | 'against' | 'unit' | 'goal' | 'note'>,
): Row {
  const pairs = ours.map((own, round) => [own, theirs[round] ?? Number.NaN] as const);
  const compare = (own: number, other: number) => (line.goal.as === 'difference' ? own - other : own / other);
  return {
    ...line,
    ours: median(ours),
    theirs: median(theirs),
    compared: spread(pairs.map(([own, other]) => compare(own, other))),
  };
}

export const isMet = ({ compared, goal }: Row): boolean =>
  goal.is === 'at least' ? compared.median >= goal.value : compared.median <= goal.value;

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** By nearest rank; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? Number.NaN;
}
