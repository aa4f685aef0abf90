import { badInput } from '../errors.js';

/** In characters, longer than any name: the database refuses far longer patterns as too complex. */
const LONGEST_SEARCH = 500;

/** Throws BAD_USER_INPUT for a longer text than names have. */
export function requireShortSearch(field: string, search: string | null | undefined): void {
  if ((search?.length ?? 0) <= LONGEST_SEARCH) return;
  throw badInput([{ field, message: `Search for at most ${String(LONGEST_SEARCH)} characters.` }]);
}
