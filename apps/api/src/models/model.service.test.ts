import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachDatabase, type DisposableDatabase } from '../../test/support/postgres/postgres.js';
import { admin, discovered, member, openWorkspace, refusal, type Workspace } from '../../test/support/workspace.js';
import { parseDatabaseUrl } from '../config.js';
import { Connection } from '../connections/connection.entity.js';
import { CatalogueService, VANISHED_KEPT_MS } from './discovery/catalogue.service.js';
import { Model } from './model.entity.js';

/** Starting PostgreSQL takes long on a busy machine. */
const START_MS = 300_000;

describeOnEachDatabase('models', (kind) => {
  let disposable: DisposableDatabase;
  let workspace: Workspace;

  beforeAll(async () => {
    disposable = await kind.create();
    workspace = await openWorkspace({ settings: parseDatabaseUrl(disposable.url) });
  }, START_MS);
  afterAll(async () => {
    await workspace.close();
    await disposable.drop();
  });
  beforeEach(async () => {
    await workspace.database.write(async ({ manager }) => {
      await manager.clear(Model);
      await manager.clear(Connection);
    });
  });

  const online = async (input: Parameters<Workspace['link']>[0], ...ids: Parameters<typeof discovered>[0][]) => {
    const connection = await workspace.link(input);
    await workspace.discover(
      connection,
      ids.map((id) => discovered(id)),
    );
    await workspace.setStatus(connection.id, 'ONLINE');
    return connection;
  };
  const names = async (filter = {}, page = {}) =>
    (await workspace.models.list(admin(), filter, page)).map(({ name }) => name);

  it('come by the bytes of their names, page after page, none skipped and none twice', async () => {
    await online({}, 'b', 'B', 'a-1', 'a1', 'Ä', '_x', 'Z');
    await online({ url: 'http://other:1' }, 'b', 'a1');
    const expected = ['B', 'Z', '_x', 'a-1', 'a1', 'a1', 'b', 'b', 'Ä'];
    expect(await names()).toEqual(expected);
    const read: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page = await workspace.models.list(admin(), {}, { first: 2, after });
      if (page.length === 0) break;
      read.push(...page.map(({ id }) => id));
      after = page.at(-1)!.id;
    }
    expect(read).toEqual((await workspace.models.list(admin())).map(({ id }) => id));
  });

  it('refuse a page out of range and a position that does not exist, naming the argument', async () => {
    for (const first of [0, -1, 5_001]) {
      expect((await refusal(workspace.models.list(admin(), {}, { first }))).details.field).toBe('first');
    }
    expect((await refusal(workspace.models.list(admin(), {}, { after: 'nowhere' }))).details.field).toBe('after');
  });

  it('are refused all at once where more than 5,000 match, and counted and paged all the same', async () => {
    await online({}, ...Array.from({ length: 5_001 }, (_, index) => `m${String(index).padStart(5, '0')}`));
    const error = await refusal(workspace.models.list(admin()));
    expect([error.code, error.details.field]).toEqual(['QUERY_TOO_EXPENSIVE', 'first']);
    expect(await workspace.models.count(admin())).toBe(5_001);
    expect(await workspace.models.list(admin(), {}, { first: 5_000 })).toHaveLength(5_000);
    expect(await names({ search: 'M0000' })).toHaveLength(10);
  });

  it('are filtered, and counted by the same filter', async () => {
    const first = await workspace.link({});
    await workspace.discover(first, [
      discovered('chat', { capabilities: ['CHAT', 'TOOLS'], contextLength: 8_192, loaded: true, sizeBytes: 5e9 }),
      discovered('embed', { capabilities: ['EMBEDDING'] }),
      discovered('100%_sure\\'),
    ]);
    await workspace.setStatus(first.id, 'DEGRADED');
    await online({ kind: 'OLLAMA', url: 'http://o:11434', enabled: false }, 'hidden');
    const down = await online({ kind: 'OLLAMA', url: 'http://o:11435' }, 'down');
    await workspace.setStatus(down.id, 'OFFLINE');
    const expectNames = async (filter: Parameters<Workspace['models']['list']>[1], expected: string[]) => {
      expect(await names(filter)).toEqual(expected);
      expect(await workspace.models.count(admin(), filter)).toBe(expected.length);
    };
    await expectNames({}, ['100%_sure\\', 'chat', 'down', 'embed']);
    await expectNames({ capability: 'CHAT' }, ['100%_sure\\', 'chat', 'down']);
    await expectNames({ capability: 'CHAT', capabilityUnknown: false }, ['chat']);
    await expectNames({ available: true }, ['100%_sure\\', 'chat', 'embed']);
    await expectNames({ available: false }, ['down']);
    await expectNames({ kind: 'OLLAMA' }, ['down']);
    await expectNames({ includeDisabled: true, kind: 'OLLAMA' }, ['down', 'hidden']);
    await expectNames({ connectionIds: [down.id] }, ['down']);
    await expectNames({ connectionIds: [] }, []);
    await expectNames({ search: 'CHA' }, ['chat']);
    await expectNames({ search: '%_' }, ['100%_sure\\']);
    await expectNames({ search: '\\' }, ['100%_sure\\']);
    const [chat] = await workspace.models.list(admin(), { search: 'chat' });
    expect(chat).toMatchObject({ loaded: true, sizeBytes: 5e9, contextLength: 8_192, capabilities: ['CHAT', 'TOOLS'] });
    expect(chat?.firstSeenAt).toBeInstanceOf(Date);
  });

  it('of disabled connections are for those who may see connections', async () => {
    const { id } = await online({ enabled: false }, 'a');
    const error = await refusal(workspace.models.list(member(), { includeDisabled: true }));
    expect(error.code).toBe('FORBIDDEN');
    const [model] = await workspace.models.list(admin(), { includeDisabled: true, connectionIds: [id] });
    expect(await workspace.models.find(admin(), model!.id)).toMatchObject({ name: 'a' });
    expect(await workspace.models.find(member(), model!.id)).toBeNull();
  });

  it('vanish, come back under the same id, and are forgotten after 30 days', async () => {
    const connection = await online({}, 'a', 'b');
    const [a] = await workspace.models.list(admin());
    const head = await workspace.head();
    const { catalogue } = workspace.versions;
    expect(await workspace.discover(connection, [discovered('b')])).toMatchObject({ vanished: [a!.id], modelCount: 1 });
    expect((await workspace.eventsSince(head)).at(-1)).toMatchObject({
      type: 'catalogue.changed',
      payload: { added: [], changed: [], vanished: [a!.id], more: false },
    });
    expect(workspace.versions.catalogue).toBeGreaterThan(catalogue);
    expect(await names()).toEqual(['b']);
    expect(await names({ includeVanished: true })).toEqual(['a', 'b']);
    expect(await workspace.catalogue.forgetVanished(new Date(Date.now() + VANISHED_KEPT_MS - 60_000))).toBe(0);
    await workspace.discover(connection, [discovered('a'), discovered('b')]);
    expect((await workspace.models.list(admin()))[0]?.id).toBe(a!.id);
    await workspace.discover(connection, [discovered('b')]);
    expect(await workspace.catalogue.forgetVanished(new Date(Date.now() + VANISHED_KEPT_MS + 60_000))).toBe(1);
    expect(await names({ includeVanished: true })).toEqual(['b']);
  });

  it('that vanished are kept up to a number of each connection: those that vanished first go, and those with settings last', async () => {
    const connection = await online({}, 'set', 'a1', 'a2');
    const other = await online({ url: 'http://other:1' }, 'x');
    await workspace.discover(other, []);
    const [, , set] = await workspace.models.list(admin());
    await workspace.models.setCapabilities(admin(), set!.id, ['CHAT']);
    const { database, versions } = workspace;
    const catalogue = new CatalogueService({ database, versions, mostVanished: 3 });
    const find = (...found: string[]) =>
      database.write((write) =>
        catalogue.applyDiscovery(
          write,
          connection,
          found.map((id) => discovered(id)),
        ),
      );
    await find('b1', 'b2');
    expect(await names({ includeVanished: true })).toEqual(['a1', 'a2', 'b1', 'b2', 'set', 'x']);
    expect(await find('c1')).toMatchObject({ vanished: { length: 2 }, modelCount: 1 });
    expect(await names({ includeVanished: true })).toEqual(['b1', 'b2', 'c1', 'set', 'x']);
    // As many rows as before, however often the names change.
    for (let time = 0; time < 5; time += 1) await find(`d${String(time)}`);
    expect(await names({ includeVanished: true })).toEqual(['d2', 'd3', 'd4', 'set', 'x']);
    await find('set');
    expect((await workspace.models.list(admin(), { connectionIds: [connection.id] }))[0]).toMatchObject({
      id: set!.id,
      capabilities: ['CHAT'],
    });
  });

  it('discovered again bump no version and announce nothing', async () => {
    const connection = await online({}, 'a', 'b');
    const head = await workspace.head();
    const { catalogue } = workspace.versions;
    const found = await workspace.discover(connection, [discovered('a'), discovered('b')]);
    expect(found).toEqual({ added: [], changed: [], vanished: [], modelCount: 2 });
    expect(await workspace.head()).toBe(head);
    expect(workspace.versions.catalogue).toBe(catalogue);
  });

  it('announce at most 100 ids, and say when there are more', async () => {
    const head = await workspace.head();
    await online({}, ...Array.from({ length: 1_201 }, (_, index) => `m${index}`));
    const [event] = await workspace.events.readAfter(head, 1, ['catalogue.changed']);
    expect(event?.payload).toMatchObject({ more: true });
    expect(event?.payload.added).toHaveLength(100);
    expect(await workspace.models.count(admin())).toBe(1_201);
  });

  it('follow prefix, aliases, allowlist and declared models of their connection in the same write', async () => {
    const connection = await online({}, 'a', 'b');
    const ids = (await workspace.models.list(admin())).map(({ id }) => id);
    const update = (input: Parameters<Workspace['connections']['update']>[2]) =>
      workspace.connections.update(admin(), connection.id, input);
    await update({ modelPrefix: 'lab' });
    expect(await names()).toEqual(['lab/a', 'lab/b']);
    await update({ modelPrefix: null, modelAliases: [{ upstreamId: 'a', name: 'best' }] });
    expect(await names()).toEqual(['b', 'best']);
    await update({ modelAliases: [], modelAllowlist: ['a'], declaredModels: ['a2'] });
    expect(await names()).toEqual(['a']);
    await update({ modelAllowlist: null });
    expect(await names()).toEqual(['a', 'a2', 'b']);
    await update({ declaredModels: [] });
    expect((await workspace.models.list(admin())).map(({ id }) => id)).toEqual(ids);
  });

  it('have the capabilities that an administrator set, until these are taken back', async () => {
    const connection = await workspace.link({});
    await workspace.discover(connection, [discovered('a', { capabilities: ['CHAT'] })]);
    const [model] = await workspace.models.list(admin());
    const set = await workspace.models.setCapabilities(admin(), model!.id, ['EMBEDDING', 'EMBEDDING']);
    expect(set.capabilities).toEqual(['EMBEDDING']);
    expect((await workspace.auditEntries()).at(-1)).toMatchObject({
      action: 'model.capabilitiesSet',
      changes: [{ field: 'capabilities', before: null, after: 'EMBEDDING' }],
    });
    await workspace.discover(connection, [discovered('a', { capabilities: ['CHAT', 'TOOLS'] })]);
    expect((await workspace.models.list(admin()))[0]?.capabilities).toEqual(['EMBEDDING']);
    expect((await workspace.models.setCapabilities(admin(), model!.id, [])).capabilities).toEqual([]);
    expect((await workspace.models.setCapabilities(admin(), model!.id, null)).capabilities).toEqual(['CHAT', 'TOOLS']);
    expect((await refusal(workspace.models.setCapabilities(member(), model!.id, null))).code).toBe('FORBIDDEN');
    expect((await refusal(workspace.models.setCapabilities(admin(), 'nowhere', null))).code).toBe('NOT_FOUND');
  });

  it('serve one name from one pool: the one that had it first', async () => {
    const first = await workspace.link({ url: 'http://one:1' });
    await workspace.discover(first, [
      discovered('m', { capabilities: ['CHAT'], contextLength: 8_192 }),
      discovered('own'),
    ]);
    const second = await workspace.link({ url: 'http://two:1' });
    await workspace.discover(second, [discovered('m', { capabilities: ['TOOLS'], contextLength: 4_096 })]);
    await workspace.setStatus(second.id, 'ONLINE');
    const blue = await workspace.link({ url: 'http://three:1', pool: 'blue', modelPrefix: 'blue' });
    await workspace.discover(blue, [discovered('m')]);
    await workspace.setStatus(blue.id, 'ONLINE');
    // Its models are older than the name they take here.
    await workspace.connections.update(admin(), blue.id, { modelPrefix: null });

    const served = await workspace.models.served(admin());
    expect(served.map(({ name }) => name)).toEqual(['m', 'own']);
    expect(served[0]).toMatchObject({
      pool: '',
      available: true,
      capabilities: ['CHAT', 'TOOLS'],
      contextLength: 4_096,
    });
    expect(served[0]?.models.map(({ connectionId }) => connectionId).sort()).toEqual([first.id, second.id].sort());
    expect(served[1]).toMatchObject({ available: false, capabilities: null, contextLength: null });
    expect((await workspace.models.served(admin(), { available: false })).map(({ name }) => name)).toEqual(['own']);
    expect((await workspace.models.served(admin(), { names: ['own', 'other'] })).map(({ name }) => name)).toEqual([
      'own',
    ]);
    expect(await workspace.models.served(admin(), { names: [] })).toEqual([]);
    expect((await workspace.models.served(admin(), { search: 'OW' })).map(({ name }) => name)).toEqual(['own']);
    expect(await workspace.modelLoaders.poolOfName().load('m')).toBe('');

    await workspace.connections.toggle(admin(), first.id);
    await workspace.connections.toggle(admin(), second.id);
    expect((await workspace.models.served(admin(), { names: ['m'] }))[0]).toMatchObject({ pool: 'blue' });
  });
});
