import type { ConnectionRow_connectionFragment } from '@intrallm/schema';

type Hinted = Pick<ConnectionRow_connectionFragment, 'id' | 'enabled' | 'warnings'> & {
  health: Pick<ConnectionRow_connectionFragment['health'], 'problem'>;
};

/**
 * For each row the hints that a row above it gives already, one a line: a text, so that rows that are told the same are
 * not drawn again.
 */
export function repeatedHints(connections: readonly Hinted[]): ReadonlyMap<string, string> {
  const given = new Set<string>();
  return new Map(
    connections.map((connection) => {
      const own = hintsOf(connection);
      const repeated = own.filter((hint) => given.has(hint));
      own.forEach((hint) => given.add(hint));
      return [connection.id, repeated.join('\n')];
    }),
  );
}

function hintsOf({ enabled, health, warnings }: Hinted): string[] {
  const problems = enabled && health.problem ? [health.problem, ...warnings] : warnings;
  return problems.flatMap(({ hint }) => hint ?? []);
}
