import type { ConnectionRow_connectionFragment } from '@intrallm/schema';

type Hinted = Pick<ConnectionRow_connectionFragment, 'id' | 'enabled' | 'warnings'> & {
  health: Pick<ConnectionRow_connectionFragment['health'], 'problem'>;
};

export interface SharedHints {
  /** Each hint that holds for more than one connection, with how many those are: said once for all of them. */
  readonly counts: ReadonlyMap<string, number>;
  /**
   * For each connection those of its hints that are said for all, one a line: a text, so that rows that are told the
   * same are not drawn again.
   */
  readonly byConnection: ReadonlyMap<string, string>;
}

/** Finds what the page would say more than once. */
export function sharedHints(connections: readonly Hinted[]): SharedHints {
  const own = connections.map((connection) => [connection.id, hintsOf(connection)] as const);
  const all = new Map<string, number>();
  for (const [, hints] of own) for (const hint of hints) all.set(hint, (all.get(hint) ?? 0) + 1);
  const counts = new Map([...all].filter(([, count]) => count > 1));
  const byConnection = own.map(
    ([id, hints]) => [id, [...hints].filter((hint) => counts.has(hint)).join('\n')] as const,
  );
  return { counts, byConnection: new Map(byConnection) };
}

function hintsOf({ enabled, health, warnings }: Hinted): Set<string> {
  const problems = enabled && health.problem ? [health.problem, ...warnings] : warnings;
  return new Set(problems.flatMap(({ hint }) => hint ?? []));
}
