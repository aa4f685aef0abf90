import { AccountInputCheck } from '../people/account-input.js';
import type { Scope } from '../scope.js';

export interface NewApiToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date | null;
  readonly ownerId?: string | null;
  readonly modelAllowlist?: readonly string[] | null;
  readonly requestsPerMinute?: number | null;
  readonly maxInFlight?: number | null;
}

/** The parts of a token that come from the input, as they are stored. */
export interface CheckedApiToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  readonly modelAllowlist: readonly string[];
  readonly requestsPerMinute: number | null;
  readonly maxInFlight: number | null;
}

const MAX_ALLOWED_MODELS = 500;
const MAX_MODEL_NAME_CHARACTERS = 500;
const MAX_REQUESTS_PER_MINUTE = 1_000_000;
const MAX_IN_FLIGHT = 10_000;

/** Throws BAD_USER_INPUT naming every wrong field as `input.<field>`. */
export function checkNewApiToken(input: NewApiToken, now: Date): CheckedApiToken {
  const check = new AccountInputCheck();
  const name = check.name('input.name', input.name);
  if (input.scopes.length === 0) check.reject('input.scopes', 'Choose at least one scope.');
  if (input.scopes.includes('KEYS_REVEAL'))
    check.reject('input.scopes', 'Revealing keys is for people, not for tokens.');
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now) check.reject('input.expiresAt', 'Choose an instant in the future.');
  const modelAllowlist = [...new Set(input.modelAllowlist ?? [])];
  if (modelAllowlist.length > MAX_ALLOWED_MODELS)
    check.reject('input.modelAllowlist', `Name at most ${MAX_ALLOWED_MODELS} models.`);
  modelAllowlist.slice(0, MAX_ALLOWED_MODELS).forEach((model, index) => {
    if (!isModelPattern(model)) {
      check.reject(`input.modelAllowlist.${index}`, 'Name a model; * is a wildcard at the end only.');
    }
  });
  checkLimit(check, 'input.requestsPerMinute', input.requestsPerMinute, MAX_REQUESTS_PER_MINUTE);
  checkLimit(check, 'input.maxInFlight', input.maxInFlight, MAX_IN_FLIGHT);
  check.finish();
  return {
    name,
    scopes: [...new Set(input.scopes)],
    expiresAt,
    modelAllowlist,
    requestsPerMinute: input.requestsPerMinute ?? null,
    maxInFlight: input.maxInFlight ?? null,
  };
}

const isModelPattern = (text: string) =>
  text.trim() === text && text.length <= MAX_MODEL_NAME_CHARACTERS && /^[^*\p{Cc}\p{Cs}]*[^\p{Cc}\p{Cs}]$/u.test(text);

function checkLimit(check: AccountInputCheck, field: string, value: number | null | undefined, highest: number): void {
  if (value === null || value === undefined) return;
  if (!Number.isInteger(value) || value < 1 || value > highest)
    check.reject(field, `Use a whole number from 1 to ${highest}.`);
}
