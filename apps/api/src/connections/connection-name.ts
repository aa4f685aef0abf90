import { IsNull, Not } from 'typeorm';
import type { Reader } from '../database/database.js';
import type { Write } from '../database/write.js';
import { AppError } from '../errors.js';
import type { InputCheck } from '../lib/input-check.js';
import { INVISIBLE } from '../lib/text.js';
import { Connection } from './connection.entity.js';

const MAX_NAME_CHARACTERS = 120;

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

/** The name as given; null where the input leaves it to the default. */
export function givenName(check: InputCheck, given: string | null | undefined): string | null {
  if (given === null || given === undefined) return null;
  const name = check.line('name', given, MAX_NAME_CHARACTERS);
  if (nameKeyOf(name) === '') check.reject('name', 'Enter a name, or leave it out to use the host of the URL.');
  return name;
}

/** The given name if it is free, else CONFLICT; without one, a default name that is free. */
export async function chooseName(
  write: Write,
  wanted: { given: string | null; url: string; id: string; field: string },
): Promise<string> {
  if (wanted.given === null) return freeDefaultName(await takenNameKeys(write.manager, wanted.id), wanted.url);
  const existingId = await findByName(write.manager, wanted.given);
  if (existingId !== null && existingId !== wanted.id) throw nameTaken(wanted.field, existingId);
  return wanted.given;
}

/** @param field the input that asks for the name; null where no input does. */
export function nameTaken(field: string | null, existingId: string): AppError {
  const message = 'Another connection has this name.';
  return new AppError('CONFLICT', message, {
    existingId,
    ...(field === null ? {} : { field, issues: [{ field, message }] }),
  });
}
