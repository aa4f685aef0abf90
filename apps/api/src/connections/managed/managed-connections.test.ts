import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { admin, openWorkspace, refusal, type Workspace } from '../../../test/support/workspace.js';
import { ConfigError, type ManagedEndpoint } from '../../config.js';
import { Secret } from '../../secrets/secret.entity.js';

const KEY = 'sk-env-1234567890abcdef';
let workspace: Workspace;

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(() => workspace.close());

const openai = (url: string, apiKey: string | null = null): ManagedEndpoint => ({
  kind: 'OPENAI',
  url,
  apiKey,
});
const sync = (...managed: ManagedEndpoint[]) => workspace.managedConnections.syncManaged(managed);

it('links what the environment names, with its key in memory alone', async () => {
  await sync(openai('https://api.example.com/v1', KEY), { ...openai('http://127.0.0.1:11434/'), kind: 'OLLAMA' });
  const [hosted, local] = await workspace.connections.list();
  expect(hosted).toMatchObject({
    url: 'https://api.example.com/v1',
    managedBy: 'ENVIRONMENT',
    apiKeyPreview: '••••••••cdef',
  });
  expect(local).toMatchObject({ kind: 'OLLAMA', url: 'http://127.0.0.1:11434', auth: 'NONE' });
  expect(await workspace.database.read.count(Secret)).toBe(0);
  expect(await workspace.opener.open(hosted!)).toMatchObject({ endpoint: { apiKey: KEY, auth: 'BEARER' } });
  expect(workspace.connectionLoaders.keyState(hosted!, [])).toBe('STORED');
  expect((await workspace.keyReveal.reveal(admin(), hosted!.id)).apiKey).toBe(KEY);
});

it('finds them again by kind, URL and occurrence, whatever the order, and writes nothing where nothing changed', async () => {
  await sync(
    openai('https://a.example.com', 'key-number-one-1'),
    openai('https://b.example.com'),
    openai('https://a.example.com/', 'key-number-two-2'),
  );
  const before = await workspace.connections.list();
  const head = await workspace.head();
  await sync(
    openai('https://b.example.com'),
    openai('https://a.example.com', 'key-number-one-1'),
    openai('https://a.example.com', 'key-number-two-2'),
  );
  expect(await workspace.connections.list()).toEqual(before);
  expect(await workspace.head()).toBe(head);
});

it('uses a key that changed in the environment', async () => {
  await sync(openai('https://a.example.com', 'key-number-one-1'));
  await sync(openai('https://a.example.com', 'key-number-two-2'));
  const [connection] = await workspace.connections.list();
  expect(connection).toMatchObject({ version: 2, endpointRevision: 2 });
  expect(await workspace.opener.open(connection!)).toMatchObject({ endpoint: { apiKey: 'key-number-two-2' } });
});

it('can be toggled, and neither edited nor removed; the switch outlives a restart', async () => {
  await sync(openai('https://a.example.com'));
  const [{ id }] = (await workspace.connections.list()) as unknown as [{ id: string }];
  expect((await refusal(workspace.connections.update(admin(), id, { priority: 1 }))).code).toBe('MANAGED');
  expect((await refusal(workspace.removal.remove(admin(), id))).code).toBe('MANAGED');
  await workspace.connections.toggle(admin(), id);
  await sync(openai('https://a.example.com'));
  expect((await workspace.connections.get(id)).enabled).toBe(false);
});

it('switches off one that is no longer named, and on again when it comes back as it was', async () => {
  await sync(openai('https://a.example.com', KEY), openai('https://b.example.com'));
  const [a, b] = await workspace.connections.list();
  await workspace.connections.toggle(admin(), b!.id);
  await sync();
  const gone = await workspace.connections.get(a!.id);
  expect(gone).toMatchObject({ enabled: false, apiKeyPreview: null });
  expect(await workspace.health(gone.id)).toMatchObject({ status: 'DISABLED' });
  expect(await workspace.opener.open(gone)).toMatchObject({ endpoint: { apiKey: null } });
  const head = await workspace.head();
  await sync();
  expect(await workspace.head()).toBe(head);
  await sync(openai('https://a.example.com', KEY), openai('https://b.example.com'));
  expect((await workspace.connections.get(a!.id)).enabled).toBe(true);
  expect((await workspace.connections.get(b!.id)).enabled).toBe(false);
});

it('leaves connections of administrators alone, and takes user and password out of a URL', async () => {
  const own = await workspace.link({ url: 'https://a.example.com' });
  await sync(openai('https://ada:lovelace1@a.example.com'));
  const all = await workspace.connections.list();
  expect(all).toHaveLength(2);
  const managed = all.find(({ id }) => id !== own.id);
  expect(managed).toMatchObject({ url: 'https://a.example.com', name: 'a.example.com (2)', auth: 'BASIC' });
  expect(await workspace.opener.open(managed!)).toMatchObject({ endpoint: { apiKey: 'ada:lovelace1' } });
});

it('refuses to start on a URL that is none, naming the variable', async () => {
  const work = sync({ ...openai('gopher://x'), kind: 'OLLAMA' });
  await expect(work).rejects.toThrow(ConfigError);
  await expect(work).rejects.toMatchObject({ variable: 'OLLAMA_BASE_URLS' });
});

it('takes keys out of what was pasted around them, and refuses what is none without repeating it', async () => {
  await sync(
    openai('https://a.example.com', `Bearer ${KEY}`),
    openai('https://b.example.com', `x-api-key: ${KEY}`),
    openai('https://c.example.com/v1\u200b', `\u200b${KEY}`),
  );
  const linked = await workspace.connections.list();
  expect(linked.map(({ url, auth }) => [url, auth])).toEqual([
    ['https://a.example.com', 'BEARER'],
    ['https://b.example.com', 'X_API_KEY'],
    ['https://c.example.com/v1', 'BEARER'],
  ]);
  for (const connection of linked) {
    expect(await workspace.opener.open(connection)).toMatchObject({ endpoint: { apiKey: KEY } });
  }
  for (const key of [
    'Bearer',
    '"sk-hidden-1234567',
    'sk-hidden 1234567',
    '${OPENAI_API_KEY}',
    'Basic sk-hidden-1234567',
  ]) {
    const work = sync(openai('https://a.example.com', key));
    await expect(work).rejects.toMatchObject({ variable: 'OPENAI_API_KEYS' });
    await expect(work).rejects.toThrow(/^(?!.*hidden).*https:\/\/a\.example\.com/);
  }
  const both = sync(openai('https://ada:hidden-12345@a.example.com', KEY));
  await expect(both).rejects.toThrow(/^OPENAI_API_KEYS: (?!.*hidden)/);
  const misplaced = sync(openai('Bearer sk-hidden-1234567'));
  await expect(misplaced).rejects.toThrow(/^OPENAI_API_BASE_URLS: (?!.*hidden)/);
});
