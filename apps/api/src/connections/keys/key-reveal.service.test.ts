import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  buildWorkspace,
  admin,
  member,
  openWorkspace,
  refusal,
  type Workspace,
} from '../../../test/support/workspace.js';
import type { TokenActor } from '../../auth/actor.js';
import { generateMasterKey, SecretBox } from '../../secrets/secret-box.js';
import { Vault } from '../../secrets/vault.js';

const KEY = 'sk-test-1234567890abcdef';
let workspace: Workspace;

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(() => workspace.close());

it('a fresh person gets the key, and the audit log has the instant and not the key', async () => {
  const { id, name } = await workspace.link({ apiKey: KEY });
  const revealed = await workspace.keyReveal.reveal(admin(), id);
  expect(revealed).toMatchObject({ connectionId: id, apiKey: KEY });
  const entry = (await workspace.auditEntries()).at(-1);
  expect(entry).toMatchObject({ action: 'connection.keyRevealed', actor: 'Ada', target: name, targetId: id });
  expect(JSON.stringify(await workspace.auditEntries())).not.toContain(KEY);
});

it('is refused to tokens, to members, and to a person whose password was given too long ago', async () => {
  const { id } = await workspace.link({ apiKey: KEY });
  const { userId, label, ip, requestId, scopes } = admin();
  const origin = { userId, label, ip, requestId, scopes };
  const token: TokenActor = { type: 'token', ...origin, tokenId: 't', expiresAt: null, modelAllowlist: [], limits: [] };
  expect((await refusal(workspace.keyReveal.reveal(token, id))).code).toBe('FORBIDDEN');
  expect((await refusal(workspace.keyReveal.reveal(member(), id))).code).toBe('FORBIDDEN');
  const stale = admin(new Date(Date.now() - 5 * 60_000 - 1));
  expect((await refusal(workspace.keyReveal.reveal(stale, id))).code).toBe('REAUTH_REQUIRED');
});

it('there is nothing to reveal without a key, and an unreadable one is UNAVAILABLE', async () => {
  const bare = await workspace.link();
  expect((await refusal(workspace.keyReveal.reveal(admin(), bare.id))).code).toBe('NOT_FOUND');
  expect((await refusal(workspace.keyReveal.reveal(admin(), 'nowhere'))).code).toBe('NOT_FOUND');
  const { id } = await workspace.link({ apiKey: KEY });
  const elsewhere = buildWorkspace({ ...workspace, vault: new Vault(new SecretBox([generateMasterKey()])) });
  expect((await refusal(elsewhere.keyReveal.reveal(admin(), id))).code).toBe('UNAVAILABLE');
});

it('a key is entered again where the master key is another one, and nothing is lost before', async () => {
  const { id } = await workspace.link({ apiKey: KEY });
  const vault = new Vault(new SecretBox([generateMasterKey()]));
  const elsewhere = buildWorkspace({ ...workspace, vault });
  const secrets = await vault.list(workspace.database.read, [id]);
  expect(elsewhere.connectionLoaders.keyState(await elsewhere.connections.get(id), secrets)).toBe('UNREADABLE');
  expect(await elsewhere.opener.open(await elsewhere.connections.get(id))).toMatchObject({
    problem: { code: 'KEY_UNREADABLE' },
  });
  expect(await workspace.opener.open(await workspace.connections.get(id))).toMatchObject({ endpoint: { apiKey: KEY } });
  const again = await elsewhere.connections.update(admin(), id, { apiKey: KEY });
  expect(await elsewhere.opener.open(again)).toMatchObject({ endpoint: { apiKey: KEY } });
});

it('a person who reveals one key after the other is stopped for a while', async () => {
  const { id } = await workspace.link({ apiKey: KEY });
  for (let times = 0; times < 20; times += 1) await workspace.keyReveal.reveal(admin(), id);
  const error = await refusal(workspace.keyReveal.reveal(admin(), id));
  expect(error.code).toBe('RATE_LIMITED');
  expect(error.details.retryAfterMs).toBeGreaterThan(0);
});
