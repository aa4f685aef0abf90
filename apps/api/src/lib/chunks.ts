/**
 * The items in groups of at most `size`, in their order. A database takes only so many parameters in one statement:
 * PostgreSQL 65,535, SQLite 32,766.
 */
export function* inChunks<T>(items: readonly T[], size = 500): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
