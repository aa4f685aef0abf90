import { headerNameProblem, headerValueProblem } from '@intrallm/providers';
import type { InputCheck } from '../../lib/input-check.js';
import { INVISIBLE } from '../../lib/text.js';
import type { StoredHeader } from '../connection.types.js';
import { isMask } from '../keys/api-key.js';
import { MAX_HEADERS } from './limits.js';

/** A header as somebody gives it. */
export interface HeaderInput {
  readonly name: string;
  readonly value?: string | null;
  readonly secret?: boolean | null;
}

/** The new list of headers, and the values that are to be sealed. */
export interface HeaderPlan {
  readonly headers: readonly StoredHeader[];
  /** Slots to seal, by slot. */
  readonly sealed: ReadonlyMap<string, string>;
  /** Slots whose stored value stays, with the field that names each. */
  readonly kept: ReadonlyMap<string, string>;
}

/** Their values are secret whatever is said. */
const SECRET_NAME = /authorization|key|token|secret/i;

export const slotOf = (headerName: string): string => `header:${headerName.toLowerCase()}`;

/** The slots in which the secret headers of a connection are sealed. */
export const headerSlots = (headers: readonly StoredHeader[]): string[] =>
  headers.filter((header) => header.secret).map((header) => slotOf(header.name));

/**
 * Plans a list of headers that replaces the stored one. A secret header without a value keeps the stored value of that
 * name; one that was not secret until now is sealed.
 */
export function planHeaders(
  check: InputCheck,
  inputs: readonly HeaderInput[],
  stored: readonly StoredHeader[] = [],
): HeaderPlan {
  const headers: StoredHeader[] = [];
  const sealed = new Map<string, string>();
  const kept = new Map<string, string>();
  const seen = new Set<string>();
  if (!check.hasRoom('headers', inputs, MAX_HEADERS)) return { headers, sealed, kept };
  const storedByName = new Map(stored.map((header) => [header.name.toLowerCase(), header]));
  inputs.forEach((input, index) => {
    const name = input.name.replace(INVISIBLE, '').trim();
    const field = `headers.${index}`;
    const problem =
      headerNameProblem(name) ?? (seen.has(name.toLowerCase()) ? `${name} is in the list already.` : null);
    if (problem !== null) check.reject(`${field}.name`, problem);
    seen.add(name.toLowerCase());
    const secret = SECRET_NAME.test(name) || input.secret !== false;
    const value = givenValue(check, `${field}.value`, name, input.value);
    const before = storedByName.get(name.toLowerCase());
    if (!secret) {
      if (value === undefined) check.reject(`${field}.value`, valueMissing(before));
      headers.push({ name, value: value ?? null, secret });
      return;
    }
    headers.push({ name, value: null, secret });
    if (value !== undefined) sealed.set(slotOf(name), value);
    else if (before === undefined) check.reject(`${field}.value`, valueMissing(before));
    else if (before.value !== null) sealed.set(slotOf(name), before.value);
    else kept.set(slotOf(name), `${field}.value`);
  });
  return { headers, sealed, kept };
}

function givenValue(
  check: InputCheck,
  field: string,
  name: string,
  given: string | null | undefined,
): string | undefined {
  if (given === null || given === undefined) return undefined;
  const value = withoutName(name, given.replace(INVISIBLE, '').trim());
  const problem =
    value === ''
      ? 'The value is empty.'
      : isMask(value)
        ? 'This is the mask that stands for a value, not the value itself.'
        : headerValueProblem(value);
  if (problem !== null) check.reject(field, problem);
  return value;
}

/** A whole header line that was pasted as its value: `x-api-key: …` for the header x-api-key. */
function withoutName(name: string, value: string): string {
  const [start, ...rest] = value.split(':');
  return rest.length > 0 && start?.trim().toLowerCase() === name.toLowerCase() ? rest.join(':').trim() : value;
}

function valueMissing(before: StoredHeader | undefined): string {
  return before?.secret === true ? 'Enter the value again to have it shown from now on.' : 'Enter a value.';
}
