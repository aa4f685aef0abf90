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
 * The line of a claim about something rare, such as the slowest hundredth, which a moment decides in which the machine
 * does something else: a round is many short turns A B, B A, A B …, and what its turns gave is put together. So is what
 * all rounds gave for the ratio of the line; its spread is that of the rounds.
 */
export async function poolTurns(
  { rounds, turns }: { readonly rounds: number; readonly turns: number },
  variants: Readonly<Record<'ours' | 'theirs', () => Promise<readonly number[]>>>,
  statistic: (values: readonly number[]) => number,
  line: Pick<Row, 'claim' | 'against' | 'unit' | 'goal' | 'note'>,
): Promise<Row> {
  const measured: { readonly ours: number[]; readonly theirs: number[] }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const values = { ours: [] as number[], theirs: [] as number[] };
    const turn = (name: 'ours' | 'theirs') => async () => values[name].push(...(await variants[name]()));
    await interleave(turns, { ours: turn('ours'), theirs: turn('theirs') });
    measured.push(values);
  }
  const all = (name: 'ours' | 'theirs') => statistic(measured.flatMap((round) => round[name]));
  const ratios = measured.map(({ ours, theirs }) => statistic(ours) / statistic(theirs));
  return {
    ...line,
    ours: all('ours'),
    theirs: all('theirs'),
    compared: { ...spread(ratios), median: all('ours') / all('theirs') },
  };
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
