import type { Scope } from '@intrallm/schema';
import { humanise } from '../../lib/past-status.js';

/** In the order in which they are offered: what nearly every program needs comes first. */
const WORDS: Readonly<Record<Exclude<Scope, 'KEYS_REVEAL'>, { short: string; long: string }>> = {
  CHAT: { short: 'use models', long: 'Use models' },
  MODELS_READ: { short: 'list models', long: 'List models' },
  STATUS_READ: { short: 'states', long: 'See names and states of connections' },
  CONNECTIONS_READ: { short: 'read connections', long: 'See connections with their settings' },
  CONNECTIONS_WRITE: { short: 'change connections', long: 'Add, change and remove connections' },
  USAGE_READ: { short: 'usage', long: 'See the usage of everybody' },
  AUDIT_READ: { short: 'audit log', long: 'Read the audit log' },
  USERS_WRITE: { short: 'people', long: 'Manage people' },
  TOKENS_WRITE: { short: 'tokens of others', long: 'Manage the API tokens of others' },
};

const words: Readonly<Record<string, { short: string; long: string } | undefined>> = WORDS;

/** What a token is given unless its maker chooses otherwise. */
const USUAL: readonly Scope[] = ['CHAT', 'MODELS_READ'];

/** What a person may hand on to a token: all of their own but revealing keys, which is for people. */
export function scopesToGive(own: readonly Scope[]): Scope[] {
  const order = Object.keys(WORDS);
  const place = (scope: Scope) => (order.includes(scope) ? order.indexOf(scope) : order.length);
  return own.filter((scope) => scope !== 'KEYS_REVEAL').toSorted((one, other) => place(one) - place(other));
}

/** Of those that a person may give: what a new token starts with. */
export function usualScopes(own: readonly Scope[]): Scope[] {
  return USUAL.filter((scope) => own.includes(scope));
}

export function scopeLabel(scope: Scope): string {
  return words[scope]?.long ?? humanise(scope);
}

/** "use models, list models". */
export function scopesInWords(scopes: readonly Scope[]): string {
  return scopes.map((scope) => words[scope]?.short ?? humanise(scope).toLowerCase()).join(', ');
}
