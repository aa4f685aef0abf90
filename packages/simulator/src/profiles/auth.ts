import type { AuthRule, Profile } from '../profile.js';

const SIMULATED_KEY = 'sk-simulated-0123456789';

function guarded(id: string, name: string, title: string, auth: AuthRule, key = SIMULATED_KEY): Profile {
  return {
    id,
    names: [name],
    title,
    kind: 'OPENAI',
    base: '/v1',
    key,
    auth,
    lists: { data: { id: '$id', object: 'model', created: 1_760_000_000, owned_by: 'simulator' } },
    models: [{ id: 'guarded-model' }],
  };
}

/** Each demands the key `sk-simulated-0123456789` unless it is told another one. */
export const authProfiles: readonly Profile[] = [
  { ...guarded('A01', 'auth-none', 'No key, and no word about one that is sent', { accepts: ['bearer'], guards: [] }) },
  guarded('A02', 'auth-bearer', 'Authorization: Bearer', { accepts: ['bearer'] }),
  guarded('A03', 'auth-api-key', 'api-key', { accepts: ['api-key'] }),
  guarded('A04', 'auth-x-api-key', 'x-api-key', { accepts: ['x-api-key'] }),
  guarded('A05', 'auth-basic', 'Basic; the key is user:password', { accepts: ['basic'] }, 'user:pass:word'),
  guarded('A06', 'auth-extra-header', 'Bearer and a header of its own, x-tenant', {
    accepts: ['bearer'],
    requiredHeaders: ['x-tenant'],
  }),
  guarded('A07', 'auth-authorization-wins', 'Either header, but a wrong Authorization beats a right x-api-key', {
    accepts: ['bearer', 'x-api-key'],
    authorizationWins: true,
  }),
  guarded('A08', 'auth-open-list', 'A list that is open to everybody', { accepts: ['bearer'], open: ['/v1/models'] }),
];
