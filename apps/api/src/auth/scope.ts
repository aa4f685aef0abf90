/** What may be done, as a closed list. The contract's comment on each stands in the GraphQL schema. */
export const SCOPES = [
  'CONNECTIONS_READ',
  'CONNECTIONS_WRITE',
  'KEYS_REVEAL',
  'MODELS_READ',
  'CHAT',
  'STATUS_READ',
  'USERS_WRITE',
  'TOKENS_WRITE',
  'AUDIT_READ',
  'USAGE_READ',
] as const;

export type Scope = (typeof SCOPES)[number];

export type Role = 'ADMIN' | 'MEMBER';

const ROLE_SCOPES: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  ADMIN: new Set(SCOPES),
  MEMBER: new Set(['MODELS_READ', 'CHAT']),
};

/** What a person of that role may do. */
export const scopesOfRole = (role: Role): ReadonlySet<Scope> => ROLE_SCOPES[role];

/** What a token may do now: its own scopes as far as its owner's role still has them. Revealing keys is for people. */
export function scopesOfToken(scopes: readonly Scope[], ownerRole: Role): ReadonlySet<Scope> {
  const owner = scopesOfRole(ownerRole);
  return new Set(scopes.filter((scope) => scope !== 'KEYS_REVEAL' && owner.has(scope)));
}
