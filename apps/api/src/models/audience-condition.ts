import type { ModelPatterns } from '../auth/tokens/model-patterns.js';
import type { Database } from '../database/database.js';

/** The end of the range of names that begin so, which is not in it; null: the range has no end. */
export function endOfRange(beginning: string): string | null {
  const points = Array.from(beginning, (letter) => letter.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // U+DFFF ends the surrogates, which no stored text holds: the one after U+D7FF is U+E000.
    if (last < 0x10_ff_ff) return String.fromCodePoint(...points, last === 0xd7_ff ? 0xe0_00 : last + 1);
  }
  return null;
}

/**
 * A condition in SQL for those names, by their bytes, so that an index on the column serves it. `column` is quoted as
 * it is to stand there; `bind` takes a value and gives what stands for it.
 */
export function nameCondition(
  database: Pick<Database, 'kind'>,
  { patterns, column, bind }: { patterns: ModelPatterns; column: string; bind: (value: string) => string },
): string {
  const ordered = database.kind === 'postgres' ? `${column} COLLATE "C"` : column;
  const ranges = Array.from(patterns.beginnings, (beginning) => {
    const end = endOfRange(beginning);
    const start = `${ordered} >= ${bind(beginning)}`;
    return end === null ? start : `(${start} AND ${ordered} < ${bind(end)})`;
  });
  const names = Array.from(patterns.names, bind);
  const conditions = [...(names.length === 0 ? [] : [`${column} IN (${names.join(', ')})`]), ...ranges];
  return conditions.length === 0 ? '1 = 0' : `(${conditions.join(' OR ')})`;
}
