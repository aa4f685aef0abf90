import { IsNull, Not } from 'typeorm';
import type { Reader } from '../database/database.js';
import { INVISIBLE } from '../lib/text.js';
import { Connection } from './connection.entity.js';

export const MAX_NAME_CHARACTERS = 120;

/** What makes two names the same: neither case nor width nor spaces count, nor what nobody sees. */
export const nameKeyOf = (name: string): string =>
  name.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().replace(/\s+/g, ' ').trim();

/** The name a connection has until somebody gives one: host and port of its URL. */
export const defaultNameOf = (url: string): string => new URL(url).host.slice(0, MAX_NAME_CHARACTERS - 8);

/** Id of the connection that has the name; null where it is free. */
export async function findByName(reader: Pick<Reader, 'findOne'>, name: string): Promise<string | null> {
  const found = await reader.findOne(Connection, {
    where: { nameKey: nameKeyOf(name), removedAt: IsNull() },
    select: { id: true },
  });
  return found?.id ?? null;
}

/** Keys of all names that are given to other connections. */
export async function takenNameKeys(reader: Pick<Reader, 'find'>, ownId: string | null = null): Promise<Set<string>> {
  const others = await reader.find(Connection, {
    where: { removedAt: IsNull(), ...(ownId === null ? {} : { id: Not(ownId) }) },
    select: { nameKey: true },
  });
  return new Set(others.map(({ nameKey }) => nameKey));
}

/** The URL's default name, with " (2)", " (3)" and so on while that is another connection's. */
export function freeDefaultName(taken: ReadonlySet<string>, url: string): string {
  const base = defaultNameOf(url);
  const key = nameKeyOf(base);
  for (let attempt = 1; ; attempt += 1) {
    if (!taken.has(attempt === 1 ? key : `${key} (${attempt})`)) return attempt === 1 ? base : `${base} (${attempt})`;
  }
}
