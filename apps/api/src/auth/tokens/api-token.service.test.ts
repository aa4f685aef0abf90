import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLIENT, openAccounts, PASSWORD, type Accounts } from '../../../test/support/accounts.js';
import { AuditEntry } from '../../audit/audit-entry.entity.js';
import { FRESH_MS, type Actor, type PersonActor } from '../actor.js';
import type { NewApiToken } from './api-token-input.js';
import { MAX_GENERATIONS } from './token-family.js';

const HOUR_MS = 3_600_000;

describe('ApiTokenService', () => {
  let accounts: Accounts;
  let admin: PersonActor;
  let member: PersonActor;

  beforeEach(async () => {
    accounts = await openAccounts();
    admin = await accounts.createAdmin();
    await accounts.users.create(admin, { name: 'Bo', email: 'bo@example.com', password: PASSWORD, role: 'MEMBER' });
    member = (await accounts.signIn('bo@example.com')).actor;
  });
  afterEach(() => accounts.close());

  const create = (actor: Actor, input: Partial<NewApiToken> = {}) =>
    accounts.tokens.create(actor, { name: 'script', scopes: ['CHAT'], ...input });
  const asToken = (token: string) =>
    accounts.credentials.authenticate({ authorization: `Bearer ${token}`, sessionToken: undefined }, CLIENT);

  it('shows a token of 256 bits once and keeps its last four characters', async () => {
    const { token, apiToken } = await create(member);
    expect(token).toMatch(/^ilm_[\w-]{43}$/);
    expect(apiToken.preview).toBe(`ilm_…${token.slice(-4)}`);
    expect(JSON.stringify(await accounts.tokens.list(member, null))).not.toContain(token);
  });

  it('hands on no scope that its maker lacks, and none that its owner lacks', async () => {
    await expect(create(member, { scopes: ['CHAT', 'CONNECTIONS_READ'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const forBo = create(admin, { scopes: ['AUDIT_READ'], ownerId: member.userId });
    await expect(forBo).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('gives no token the right to reveal keys', async () => {
    await expect(create(admin, { scopes: ['KEYS_REVEAL'] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'input.scopes' },
    });
  });

  it('asks for the password again before it makes a token that writes', async () => {
    const stale = { ...admin, authenticatedAt: new Date(Date.now() - FRESH_MS - 1) };
    await expect(create(stale, { scopes: ['CONNECTIONS_WRITE'] })).rejects.toMatchObject({ code: 'REAUTH_REQUIRED' });
    const writer = await asToken((await create(admin, { scopes: ['CONNECTIONS_WRITE', 'CHAT'] })).token);
    await expect(create(writer, { scopes: ['CONNECTIONS_WRITE'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(create(stale)).resolves.toBeDefined();
  });

  it('lets only those with TOKENS_WRITE see, make and revoke tokens of others', async () => {
    const { apiToken } = await create(admin, { ownerId: member.userId });
    expect(apiToken.ownerId).toBe(member.userId);
    const mine = await create(admin);
    await expect(create(member, { ownerId: admin.userId })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(accounts.tokens.list(member, admin.userId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(accounts.tokens.revoke(member, mine.apiToken.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(accounts.tokens.revoke(member, apiToken.id)).resolves.toBeUndefined();
  });

  it('lets a token list and revoke itself and what it made, and nothing else of its owner', async () => {
    const [own, other] = [await create(member), await create(member)];
    const program = await asToken(own.token);
    const child = await create(program);
    const grandchild = await create(await asToken(child.token));
    const family = [own, child, grandchild].map(({ apiToken }) => apiToken.id);
    const listed = async (actor: Actor) => (await accounts.tokens.list(actor, null)).map(({ id }) => id).sort();
    expect(await listed(program)).toEqual([...family].sort());
    expect(await listed(await asToken(child.token))).toEqual([child.apiToken.id, grandchild.apiToken.id].sort());
    expect(await listed(member)).toEqual([...family, other.apiToken.id].sort());

    const lowest = await asToken(grandchild.token);
    for (const beyond of [other.apiToken.id, own.apiToken.id, child.apiToken.id, 'nothing']) {
      await expect(accounts.tokens.revoke(lowest, beyond)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await accounts.tokens.revoke(lowest, grandchild.apiToken.id);
    await accounts.tokens.revoke(program, child.apiToken.id);
    expect(await listed(member)).toEqual([own.apiToken.id, other.apiToken.id].sort());
    await expect(accounts.tokens.revoke(member, own.apiToken.id)).resolves.toBeUndefined();
  });

  it('lets a token with TOKENS_WRITE manage the tokens of its owner and of others', async () => {
    const manager = await asToken((await create(admin, { scopes: ['TOKENS_WRITE', 'CHAT'] })).token);
    const [mine, theirs] = [await create(admin), await create(member)];
    expect((await accounts.tokens.list(manager, null)).map(({ id }) => id)).toContain(mine.apiToken.id);
    expect((await accounts.tokens.list(manager, member.userId)).map(({ id }) => id)).toEqual([theirs.apiToken.id]);
    await accounts.tokens.revoke(manager, theirs.apiToken.id);
    await accounts.tokens.revoke(manager, mine.apiToken.id);
  });

  it('bounds how many tokens stand in a row', async () => {
    let maker: Actor = member;
    for (let generation = 1; generation <= MAX_GENERATIONS; generation += 1) {
      maker = await asToken((await create(maker, { requestsPerMinute: generation })).token);
    }
    await expect(create(maker)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(maker).toMatchObject({ limits: Array.from({ length: MAX_GENERATIONS }, () => expect.anything()) });
  });

  it('keeps a token made by a token to the models and limits of that one', async () => {
    const parent = await create(member, { modelAllowlist: ['llama3*', 'qwen'], requestsPerMinute: 10, maxInFlight: 2 });
    const actor = await asToken(parent.token);
    const limits = { requestsPerMinute: 10, maxInFlight: 2 };
    expect((await create(actor)).apiToken).toMatchObject({ modelAllowlist: ['llama3*', 'qwen'], ...limits });
    const more = { requestsPerMinute: 11, maxInFlight: 3 };
    expect((await create(actor, { modelAllowlist: ['llama3.1*'], ...more })).apiToken).toMatchObject({
      modelAllowlist: ['llama3.1*'],
      ...limits,
    });
    expect((await create(actor, { requestsPerMinute: 5 })).apiToken).toMatchObject({ requestsPerMinute: 5 });
    // A wildcard has its own beginning, too.
    expect((await create(actor, { modelAllowlist: ['llama3'] })).apiToken.modelAllowlist).toEqual(['llama3']);
    for (const beyond of ['*', 'l*', 'qwen*', 'gpt', 'Llama3*', 'Qwen', 'llama']) {
      await expect(create(actor, { modelAllowlist: ['qwen', beyond] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  it('ends a token made by a token with it, three generations down, and no later', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const parent = await create(member, { expiresAt });
    const child = await create(await asToken(parent.token), { expiresAt: new Date(Date.now() + 2 * HOUR_MS) });
    const grandchild = await create(await asToken(child.token));
    expect([child.apiToken.expiresAt, grandchild.apiToken.expiresAt]).toEqual([expiresAt, expiresAt]);
    await asToken(grandchild.token);
    await accounts.tokens.revoke(member, parent.apiToken.id);
    for (const { token } of [parent, child, grandchild]) {
      await expect(asToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  it('makes no token for a credential that was revoked meanwhile', async () => {
    const parent = await create(member);
    const actor = await asToken(parent.token);
    await accounts.tokens.revoke(member, parent.apiToken.id);
    await expect(create(actor)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await accounts.sessions.signOut(member);
    await expect(create(member)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each<[string, Partial<NewApiToken>]>([
    ['input.name', { name: '' }],
    ['input.name', { name: 'x'.repeat(101) }],
    ['input.scopes', { scopes: [] }],
    ['input.expiresAt', { expiresAt: new Date(Date.now() - 1) }],
    ['input.modelAllowlist.1', { modelAllowlist: ['llama3*', 'a*b'] }],
    ['input.modelAllowlist', { modelAllowlist: Array.from({ length: 501 }, (_, index) => `m${index}`) }],
    ['input.requestsPerMinute', { requestsPerMinute: 0 }],
    ['input.maxInFlight', { maxInFlight: -1 }],
  ])('names %s when it is wrong', async (field, input) => {
    await expect(create(member, input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field } });
  });

  it('records a token by name and scopes, never by secret', async () => {
    const { token, apiToken } = await create(member, { modelAllowlist: ['llama3*'] });
    await accounts.tokens.revoke(member, apiToken.id);
    const entries = await accounts.database.read.find(AuditEntry, {
      where: { targetId: apiToken.id },
      order: { seq: 'ASC' },
    });
    expect(entries.map(({ action }) => action)).toEqual(['token.created', 'token.revoked']);
    expect(entries[0]?.changes).toEqual([
      { field: 'owner', before: null, after: 'Bo' },
      { field: 'scopes', before: null, after: 'CHAT' },
      { field: 'modelAllowlist', before: null, after: 'llama3*' },
    ]);
    expect(JSON.stringify(entries)).not.toContain(token.slice(4));
  });
});
