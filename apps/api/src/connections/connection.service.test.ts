import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { admin, discovered, fieldsOf, openWorkspace, refusal, type Workspace } from '../../test/support/workspace.js';
import type { AddConnection } from './settings/connection-settings.js';

const KEY = 'sk-test-1234567890abcdef';
const URL = 'https://api.example.com/v1';
let workspace: Workspace;

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(() => workspace.close());

describe('adding a connection', () => {
  it('stores row, health, sealed key, audit entry and announcement in one write', async () => {
    const { catalogue, health } = workspace.versions;
    const connection = await workspace.link({ url: URL, apiKey: KEY, name: 'Hosted' });

    expect(connection).toMatchObject({ name: 'Hosted', url: URL, auth: 'BEARER', version: 1, endpointRevision: 1 });
    expect(connection.apiKeyPreview).toBe('••••••••cdef');
    expect(await workspace.health(connection.id)).toMatchObject({
      status: 'UNKNOWN',
      nextCheckAt: connection.createdAt,
    });
    const [entry] = await workspace.auditEntries();
    expect(entry).toMatchObject({
      action: 'connection.added',
      actor: 'Ada',
      target: 'Hosted',
      targetId: connection.id,
    });
    expect(entry?.changes).toContainEqual({ field: 'apiKey', before: null, after: 'set' });
    expect(JSON.stringify(entry)).not.toContain(KEY);
    const [event] = await workspace.eventsSince(0);
    expect(event).toMatchObject({
      type: 'connection.changed',
      payload: { cause: 'ADDED', previous: null, status: 'UNKNOWN' },
    });
    expect(workspace.versions.catalogue).toBeGreaterThan(catalogue);
    expect(workspace.versions.health).toBeGreaterThan(health);
  });

  it('starts one that is switched off as DISABLED, with no check due', async () => {
    const { id } = await workspace.link({ enabled: false });
    expect(await workspace.health(id)).toMatchObject({ status: 'DISABLED', nextCheckAt: null });
  });

  it('sends no key by default where none is given', async () => {
    expect(await workspace.link()).toMatchObject({
      auth: 'NONE',
      apiKeyPreview: null,
      pool: '',
      weight: 1,
      priority: 0,
    });
  });

  it('reports everything that is wrong together, each by its field, and stores nothing', async () => {
    const input: AddConnection = {
      kind: 'OPENAI',
      url: 'ftp://example.com',
      name: ' ',
      apiKey: '••••••••cdef',
      modelPrefix: 'two words',
      weight: -1,
      maxInFlight: 0,
      idleTimeoutMs: 5,
      tags: ['good', ''],
      headers: [
        { name: 'Host', value: 'x' },
        { name: 'X-Token', value: null },
      ],
      modelAliases: [
        { upstreamId: 'a', name: 'same' },
        { upstreamId: 'b', name: 'same' },
      ],
    };
    const error = await refusal(workspace.connections.add(admin(), input, 'input'));
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(fieldsOf(error).sort()).toEqual([
      'input.apiKey',
      'input.headers.0.name',
      'input.headers.1.value',
      'input.idleTimeoutMs',
      'input.maxInFlight',
      'input.modelAliases.1.name',
      'input.modelPrefix',
      'input.name',
      'input.tags.1',
      'input.url',
      'input.weight',
    ]);
    expect(await workspace.connections.list()).toEqual([]);
    expect(await workspace.auditEntries()).toEqual([]);
  });

  it('moves user and password from the URL into Basic, where the mask alone is shown', async () => {
    const connection = await workspace.link({ url: 'https://ada:l%40velace1815@example.com/v1' });
    expect(connection).toMatchObject({ url: 'https://example.com/v1', auth: 'BASIC', apiKeyPreview: '••••••••' });
    expect(await workspace.opener.open(connection)).toMatchObject({ endpoint: { apiKey: 'ada:l@velace1815' } });
    expect(JSON.stringify(await workspace.auditEntries())).not.toContain('velace');
  });

  it('shows nothing but the mask of a key under 12 characters', async () => {
    expect((await workspace.link({ apiKey: 'short-key-1' })).apiKeyPreview).toBe('••••••••');
    expect((await workspace.link({ apiKey: 'short-key-12' })).apiKeyPreview).toBe('••••••••y-12');
  });

  it('names it after the host and port, with a number where that is taken', async () => {
    const names = [await workspace.link(), await workspace.link(), await workspace.link()].map(({ name }) => name);
    expect(names).toEqual(['gpu.example.com:8000', 'gpu.example.com:8000 (2)', 'gpu.example.com:8000 (3)']);
  });

  it('refuses a name that is taken, whatever its case, naming field and owner', async () => {
    const { id } = await workspace.link({ name: 'Rack  4' });
    const error = await refusal(
      workspace.connections.add(admin(), { kind: 'OLLAMA', url: 'http://a:1', name: 'rack 4' }, 'input'),
    );
    expect(error.code).toBe('CONFLICT');
    expect(error.details).toMatchObject({ existingId: id, field: 'input.name' });
  });

  it('allows a URL twice', async () => {
    await workspace.link();
    expect((await workspace.link()).url).toBe('http://gpu.example.com:8000/v1');
  });
});

describe('secret headers', () => {
  const headers = [
    { name: 'X-Org', value: 'acme', secret: false },
    { name: 'Authorization', value: 'Basic abc', secret: false },
    { name: 'X-Api-Key', value: 'key-value', secret: false },
    { name: 'X-Hidden', value: 'hidden-value' },
  ];

  it('are sealed, by their name or unless told otherwise', async () => {
    const connection = await workspace.link({ headers });
    expect(connection.headers).toEqual([
      { name: 'X-Org', value: 'acme', secret: false },
      { name: 'Authorization', value: null, secret: true },
      { name: 'X-Api-Key', value: null, secret: true },
      { name: 'X-Hidden', value: null, secret: true },
    ]);
    const opened = await workspace.opener.open(connection);
    expect(opened).toMatchObject({ endpoint: { headers: headers.map(({ name, value }) => ({ name, value })) } });
  });

  it('keep their stored value where the new list has none, and lose it where they are left out', async () => {
    const { id } = await workspace.link({ headers });
    const updated = await workspace.connections.update(admin(), id, {
      headers: [{ name: 'x-hidden' }, { name: 'X-Org', value: 'other', secret: false }],
    });
    expect(await workspace.opener.open(updated)).toMatchObject({
      endpoint: {
        headers: [
          { name: 'x-hidden', value: 'hidden-value' },
          { name: 'X-Org', value: 'other' },
        ],
      },
    });
    expect((await workspace.vault.list(workspace.database.read, [id])).map(({ slot }) => slot)).toEqual([
      'header:x-hidden',
    ]);
    const changes = (await workspace.auditEntries()).at(-1)?.changes;
    expect(changes).toContainEqual({ field: 'headers.authorization', before: null, after: 'removed' });
  });

  it('take over a value that was plain until now, and are not shown again without it', async () => {
    const { id } = await workspace.link({ headers: [{ name: 'X-Org', value: 'acme', secret: false }] });
    const sealed = await workspace.connections.update(admin(), id, { headers: [{ name: 'X-Org', secret: true }] });
    expect(sealed.headers).toEqual([{ name: 'X-Org', value: null, secret: true }]);
    expect(await workspace.opener.open(sealed)).toMatchObject({ endpoint: { headers: [{ value: 'acme' }] } });
    const error = await refusal(
      workspace.connections.update(admin(), id, { headers: [{ name: 'X-Org', secret: false }] }),
    );
    expect(error.details.field).toBe('headers.0.value');
  });
});

describe('updating a connection', () => {
  it('leaves what is not named, and records field by field what changed', async () => {
    const { id } = await workspace.link({ apiKey: KEY, tags: ['a'], pool: 'blue' });
    const updated = await workspace.connections.update(admin(), id, {
      tags: ['a', 'b'],
      apiKey: 'sk-other-0987654321zyxw',
    });
    expect(updated).toMatchObject({
      pool: 'blue',
      tags: ['a', 'b'],
      version: 2,
      endpointRevision: 2,
      apiKeyPreview: '••••••••zyxw',
    });
    expect((await workspace.auditEntries()).at(-1)).toMatchObject({
      action: 'connection.updated',
      changes: [
        { field: 'tags', before: 'a', after: 'a, b' },
        { field: 'apiKey', before: null, after: 'replaced' },
      ],
    });
  });

  it('moves the version with configuration, and the endpoint revision with URL, key, auth and headers alone', async () => {
    const { id } = await workspace.link({ apiKey: KEY });
    const { update } = workspace.connections;
    const revise = update.bind(workspace.connections, admin(), id);
    expect(await revise({ priority: 5 })).toMatchObject({ version: 2, endpointRevision: 1 });
    expect(await revise({ auth: 'API_KEY' })).toMatchObject({ version: 3, endpointRevision: 2 });
    expect(await revise({ headers: [{ name: 'X-A', value: 'b', secret: false }] })).toMatchObject({
      version: 4,
      endpointRevision: 3,
    });
    expect(await revise({ url: 'http://gpu.example.com:8000' })).toMatchObject({ version: 5, endpointRevision: 4 });
    expect(await revise({ removeApiKey: true })).toMatchObject({
      version: 6,
      endpointRevision: 5,
      apiKeyPreview: null,
    });
  });

  it('writes and announces nothing where nothing changes', async () => {
    const { id, version } = await workspace.link({ tags: ['a'] });
    const head = await workspace.head();
    const updated = await workspace.connections.update(admin(), id, {
      tags: ['a'],
      version,
      url: 'http://GPU.example.com:8000/v1/',
    });
    expect(updated.version).toBe(version);
    expect(await workspace.head()).toBe(head);
  });

  it('takes null as the contract says', async () => {
    const { id } = await workspace.link({
      apiKey: KEY,
      name: 'Own',
      tags: ['a'],
      pool: 'blue',
      modelPrefix: 'p',
      maxInFlight: 3,
    });
    const updated = await workspace.connections.update(admin(), id, {
      apiKey: null,
      name: null,
      tags: null,
      pool: null,
      modelPrefix: null,
      maxInFlight: null,
    });
    expect(updated).toMatchObject({
      name: 'gpu.example.com:8000',
      tags: [],
      pool: '',
      modelPrefix: null,
      maxInFlight: null,
    });
    expect(updated.apiKeyPreview).not.toBeNull();
    const nulls = { url: null, enabled: null, auth: null, countStreamTokens: null, priority: null, weight: null };
    const error = await refusal(workspace.connections.update(admin(), id, nulls));
    expect(fieldsOf(error).sort()).toEqual(['auth', 'countStreamTokens', 'enabled', 'priority', 'url', 'weight']);
  });

  it('refuses an unknown id, a stale version and a taken name', async () => {
    const [first, second] = [await workspace.link({ name: 'one' }), await workspace.link({ name: 'two' })];
    expect((await refusal(workspace.connections.update(admin(), 'nowhere', {}))).code).toBe('NOT_FOUND');
    await workspace.connections.update(admin(), first.id, { priority: 1 });
    const stale = await refusal(workspace.connections.update(admin(), first.id, { version: 1, priority: 2 }));
    expect([stale.code, stale.details.currentVersion]).toEqual(['CONFLICT', 2]);
    const taken = await refusal(workspace.connections.update(admin(), first.id, { name: 'TWO' }));
    expect([taken.code, taken.details.existingId]).toEqual(['CONFLICT', second.id]);
    expect((await workspace.connections.update(admin(), second.id, { name: 'Two' })).name).toBe('Two');
  });

  it('lets a default name follow the URL', async () => {
    const { id } = await workspace.link();
    expect((await workspace.connections.update(admin(), id, { url: 'http://other.example.com' })).name).toBe(
      'other.example.com',
    );
  });

  it('sends a key that is added to a connection without one', async () => {
    const { id } = await workspace.link();
    expect(await workspace.connections.update(admin(), id, { apiKey: KEY })).toMatchObject({ auth: 'BEARER' });
  });

  it('shows the mask alone once a stored key is used for Basic', async () => {
    const { id } = await workspace.link({ apiKey: 'user:password-long-enough' });
    expect((await workspace.connections.update(admin(), id, { auth: 'BASIC' })).apiKeyPreview).toBe('••••••••');
  });
});

describe('a stored secret', () => {
  it.each([
    ['another host', 'https://evil.example.com/v1'],
    ['another port', 'https://api.example.com:8443/v1'],
    ['another scheme', 'http://api.example.com/v1'],
    ['another path', 'https://api.example.com/v2'],
  ])('does not follow to %s', async (_what, url) => {
    const { id } = await workspace.link({
      url: URL,
      apiKey: KEY,
      headers: [{ name: 'X-Token', value: 'token-value' }],
    });
    const error = await refusal(workspace.connections.update(admin(), id, { url }, 'input'));
    expect(error.code).toBe('SECRET_REQUIRED');
    expect(fieldsOf(error)).toEqual(['input.apiKey', 'input.headers']);
    expect((await workspace.row(id))?.url).toBe(URL);
  });

  it('stays when only a trailing /v1 comes or goes', async () => {
    const { id } = await workspace.link({ url: URL, apiKey: KEY });
    const updated = await workspace.connections.update(admin(), id, { url: 'https://API.example.com:443/' });
    expect(updated.url).toBe('https://api.example.com');
    expect(await workspace.opener.open(updated)).toMatchObject({ endpoint: { apiKey: KEY } });
  });

  it('is replaced by one that is given with the move, or goes', async () => {
    const { id } = await workspace.link({
      url: URL,
      apiKey: KEY,
      headers: [{ name: 'X-Token', value: 'token-value' }],
    });
    const missing = await refusal(
      workspace.connections.update(admin(), id, {
        url: 'https://b.example.com',
        apiKey: 'another-key-1',
        headers: [{ name: 'X-Token' }],
      }),
    );
    expect(fieldsOf(missing)).toEqual(['headers.0.value']);
    const moved = await workspace.connections.update(admin(), id, {
      url: 'https://b.example.com',
      apiKey: 'another-key-1',
      headers: [],
    });
    expect(await workspace.opener.open(moved)).toMatchObject({ endpoint: { apiKey: 'another-key-1', headers: [] } });
    const bare = await workspace.connections.update(admin(), id, { url: 'https://c.example.com', removeApiKey: true });
    expect(await workspace.opener.open(bare)).toMatchObject({ endpoint: { apiKey: null } });
    expect(await workspace.vault.list(workspace.database.read, [id])).toEqual([]);
  });

  it('does not open for a row whose URL was changed behind our back', async () => {
    const connection = await workspace.link({ url: URL, apiKey: KEY });
    expect(await workspace.opener.open({ ...connection, url: 'https://evil.example.com' })).toMatchObject({
      problem: { code: 'KEY_UNREADABLE' },
    });
  });
});

describe('after a move', () => {
  it('nothing is known, and models are unavailable until they are discovered there', async () => {
    const connection = await workspace.link({ url: URL });
    await workspace.discover(connection, [discovered('a'), discovered('b')]);
    await workspace.setStatus(connection.id, 'ONLINE');
    expect((await workspace.models.list(admin())).map(({ available }) => available)).toEqual([true, true]);
    const moved = await workspace.connections.update(admin(), connection.id, { url: 'https://b.example.com' });
    expect(await workspace.health(moved.id)).toMatchObject({ status: 'UNKNOWN', endpointRevision: 2, problem: null });
    await workspace.setStatus(connection.id, 'DEGRADED');
    expect((await workspace.models.list(admin())).map(({ available }) => available)).toEqual([false, false]);
    await workspace.discover(moved, [discovered('b')]);
    expect(await workspace.models.list(admin())).toMatchObject([{ name: 'b', available: true }]);
  });
});

describe('toggling', () => {
  it('switches health, version and announcement, and leaves the endpoint revision', async () => {
    const { id } = await workspace.link();
    await workspace.setStatus(id, 'ONLINE');
    const head = await workspace.head();
    expect(await workspace.connections.toggle(admin(), id)).toMatchObject({
      enabled: false,
      version: 2,
      endpointRevision: 1,
    });
    expect(await workspace.health(id)).toMatchObject({ status: 'DISABLED', nextCheckAt: null });
    expect(await workspace.eventsSince(head)).toMatchObject([
      { payload: { cause: 'TOGGLED', previous: 'ONLINE', status: 'DISABLED' } },
    ]);
    expect(await workspace.connections.toggle(admin(), id)).toMatchObject({ enabled: true, version: 3 });
    expect(await workspace.health(id)).toMatchObject({ status: 'UNKNOWN' });
    expect((await workspace.health(id))?.nextCheckAt).not.toBeNull();
  });

  it('to what it is already changes nothing, and a stale version is refused', async () => {
    const { id } = await workspace.link();
    const head = await workspace.head();
    expect(await workspace.connections.toggle(admin(), id, { enabled: true })).toMatchObject({ version: 1 });
    expect(await workspace.head()).toBe(head);
    expect((await refusal(workspace.connections.toggle(admin(), id, { version: 7 }))).details.currentVersion).toBe(1);
  });

  it('keeps the catalogue and hides it', async () => {
    const connection = await workspace.link();
    await workspace.discover(connection, [discovered('a')]);
    const head = await workspace.head();
    await workspace.connections.toggle(admin(), connection.id);
    expect(await workspace.models.list(admin())).toEqual([]);
    expect(await workspace.models.list(admin(), { includeDisabled: true })).toHaveLength(1);
    const types = (await workspace.eventsSince(head)).map(({ type }) => type);
    expect(types).toContain('catalogue.changed');
  });
});

describe('the list', () => {
  it('goes by kind, then priority, then name, and can be filtered', async () => {
    await workspace.link({ kind: 'OLLAMA', url: 'http://o:11434', name: 'a', tags: ['lab'] });
    await workspace.link({ name: 'c', priority: 1 });
    await workspace.link({ name: 'B', priority: 1, pool: 'blue' });
    await workspace.link({ name: 'z', enabled: false });
    const names = async (filter = {}) => (await workspace.connections.list(filter)).map(({ name }) => name);
    expect(await names()).toEqual(['z', 'B', 'c', 'a']);
    expect(await names({ kind: 'OLLAMA' })).toEqual(['a']);
    expect(await names({ enabled: false })).toEqual(['z']);
    expect(await names({ tag: 'lab' })).toEqual(['a']);
    expect(await names({ pool: 'blue' })).toEqual(['B']);
    expect(await names({ status: ['DISABLED'] })).toEqual(['z']);
    expect(await names({ status: [] })).toEqual([]);
    expect(await names({ search: 'GPU.' })).toEqual(['z', 'B', 'c']);
  });
});
