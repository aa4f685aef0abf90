import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { systemClock } from '../../src/clock.js';
import { GRAIN_MS, KEPT_MS, SPARE_MS } from '../../src/usage/grains.js';
import { UsageRecorder } from '../../src/usage/recording/usage-recorder.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';
import { query } from '../support/stored.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const TOKEN = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }';
const USAGE = `query ($from: DateTime!, $to: DateTime!, $bucket: UsageBucket!, $groupBy: UsageGroup!, $filter: UsageFilter, $timeZone: String) {
  usage(from: $from, to: $to, bucket: $bucket, groupBy: $groupBy, filter: $filter, timeZone: $timeZone) {
    at key label requests complete upstreamErrors truncated clientAborts rejected
    promptTokens completionTokens uncounted p50FirstByteMs p95FirstByteMs
  }
}`;
const MEMBER = { name: 'Ben', email: 'ben@example.org', password: 'a member’s password' };
const DAY = GRAIN_MS.DAY;

interface Point {
  readonly at: string;
  readonly key: string;
  readonly label: string;
  readonly requests: number;
  readonly complete: number;
  readonly upstreamErrors: number;
  readonly truncated: number;
  readonly clientAborts: number;
  readonly rejected: number;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly uncounted: number;
  readonly p50FirstByteMs: number | null;
  readonly p95FirstByteMs: number | null;
}

interface Variables {
  readonly bucket?: string;
  readonly groupBy?: string;
  readonly from?: number;
  readonly to?: number;
  readonly filter?: object;
  readonly timeZone?: string;
}

const variables = ({ bucket = 'DAY', groupBy = 'MODEL', from, to, ...more }: Variables) => ({
  bucket,
  groupBy,
  from: new Date(from ?? Date.now() - DAY).toISOString(),
  to: new Date(to ?? Date.now() + DAY).toISOString(),
  ...more,
});
const usageOf = async (client: TestClient, asked: Variables = {}): Promise<Point[]> =>
  (await client.data<{ usage: Point[] }>(USAGE, variables(asked))).usage;

/** Points of several buckets as one of each key: the journey may run over midnight. */
function byKey(points: readonly Point[]): Record<string, Record<string, number>> {
  const sums: Record<string, Record<string, number>> = {};
  for (const { key, ...point } of points) {
    const sum = (sums[key] ??= {});
    for (const [name, value] of Object.entries(point)) {
      if (typeof value === 'number' && !name.startsWith('p')) sum[name] = (sum[name] ?? 0) + value;
    }
  }
  return sums;
}
const ended = (requests: number, more: object = {}) => ({
  requests,
  complete: 0,
  upstreamErrors: 0,
  truncated: 0,
  clientAborts: 0,
  rejected: 0,
  uncounted: 0,
  ...more,
});

describeOnEachDatabase('usage', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let member: TestClient;
  let memberTool: TestClient;
  let memberToolId: string;
  const simulators: Simulator[] = [];
  const connectionIds: Record<string, string> = {};

  const link = async (profile: string): Promise<Simulator> => {
    const simulator = await startSimulator({ profile });
    simulators.push(simulator);
    const input = { kind: 'OPENAI', url: simulator.url, name: `At ${profile}`, modelPrefix: `${profile}/` };
    connectionIds[profile] = (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.find(`${profile}/stream-model`)),
      (route) => route !== undefined,
    );
    return simulator;
  };
  const chat = (client: TestClient, model: string, more: object = {}, signal?: AbortSignal) =>
    client.fetch('/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], ...more }),
      ...(signal === undefined ? {} : { signal }),
    });
  const flush = () => app.app.services.usageRecorder.flush();
  /** What is there once so many requests are: a caller has its answer a little before it is counted. */
  const whenThere = (client: TestClient, asked: Variables, requests: number): Promise<Point[]> =>
    eventually(
      async () => {
        await flush();
        return usageOf(client, asked);
      },
      (points) => points.reduce((sum, point) => sum + point.requests, 0) === requests,
    );

  beforeAll(async () => {
    app = await startTestApp({ kind });
    admin = await app.admin();
    await admin.data(
      `mutation ($name: String!, $email: String!, $password: String!) {
         createUser(name: $name, email: $email, password: $password, role: MEMBER) { id } }`,
      MEMBER,
    );
    member = await app.client().signIn(MEMBER);
    const { createApiToken } = await member.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
      TOKEN,
      {
        input: { name: 'Ben’s tool', scopes: ['CHAT'] },
      },
    );
    memberTool = app.client(createApiToken.token);
    memberToolId = createApiToken.apiToken.id;
    for (const profile of ['usage-asked', 'usage-never', 'truncated-clean', 'error-no-done', 'stalled']) {
      await link(profile);
    }
    // Ben by token: one in one piece, one streamed with its counts, one streamed without. Ada: everything that goes
    // wrong.
    await (await chat(memberTool, 'usage-asked/stream-model')).text();
    const counted = { stream: true, stream_options: { include_usage: true } };
    await (await chat(memberTool, 'usage-asked/stream-model', counted)).text();
    await (await chat(memberTool, 'usage-never/stream-model', { stream: true })).text();
    await (await chat(admin, 'truncated-clean/stream-model', { stream: true })).text();
    await (await chat(admin, 'error-no-done/stream-model', { stream: true })).text();
    const leaving = new AbortController();
    const left = await chat(admin, 'stalled/stream-model', { stream: true }, leaving.signal);
    await left.body!.getReader().read();
    leaving.abort();
    await (await chat(admin, 'invented')).text();
    await (await chat(admin, 'usage-asked/stream-model', { model: 7 })).text();
    await app.client('ilm_wrong').fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"invented"}' });
    await whenThere(admin, {}, 8);
  }, 120_000);

  afterAll(async () => {
    await app.close();
    for (const simulator of simulators) await simulator.close();
  });

  it('tells by model how requests ended, and stores no invented name', async () => {
    expect(byKey(await usageOf(admin))).toMatchObject({
      '': ended(2, { rejected: 2 }),
      'error-no-done/stream-model': ended(1, { upstreamErrors: 1 }),
      'stalled/stream-model': ended(1, { clientAborts: 1, uncounted: 1 }),
      'truncated-clean/stream-model': ended(1, { truncated: 1, uncounted: 1 }),
      'usage-asked/stream-model': ended(2, { complete: 2 }),
      'usage-never/stream-model': ended(1, { complete: 1, uncounted: 1 }),
    });
    expect((await query(app.databaseUrl, `SELECT * FROM "usage_total" WHERE "model" = 'invented'`)).length).toBe(0);
  });

  it('tells tokens and first-byte times where somebody reported any, and else null', async () => {
    const points = Object.fromEntries((await usageOf(admin)).map((point) => [point.key, point]));
    const counted = points['usage-asked/stream-model']!;
    expect(counted.promptTokens).toBeGreaterThan(0);
    expect(counted.completionTokens).toBeGreaterThan(0);
    expect(counted.p50FirstByteMs).toBeGreaterThan(0);
    expect(counted.p95FirstByteMs).toBeGreaterThanOrEqual(counted.p50FirstByteMs!);
    expect(points['usage-never/stream-model']).toMatchObject({ promptTokens: null, completionTokens: null });
    expect(points['']).toMatchObject({ promptTokens: null, p50FirstByteMs: null, p95FirstByteMs: null });
    expect(points['error-no-done/stream-model']).toMatchObject({ p50FirstByteMs: null });
  });

  it('tells the same by connection, caller and token, with their names', async () => {
    const labels = async (groupBy: string) =>
      (await usageOf(admin, { groupBy })).map(({ label, requests }) => `${label}: ${String(requests)}`).sort();
    expect(await labels('CONNECTION')).toEqual([
      'At error-no-done: 1',
      'At stalled: 1',
      'At truncated-clean: 1',
      'At usage-asked: 2',
      'At usage-never: 1',
      'No endpoint answered: 2',
    ]);
    const { me } = await admin.data<{ me: { name: string } }>('{ me { name } }');
    expect(await labels('CALLER')).toEqual([`${me.name}: 5`, 'Ben: 3'].sort());
    expect(await labels('TOKEN')).toEqual(['Ben’s tool: 3', 'Without a token: 5']);
  });

  it.each(['MINUTE', 'HOUR', 'DAY'])('tells the same by %s, at the beginning of each', async (bucket) => {
    const points = await usageOf(admin, { bucket });
    expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(8);
    const length = { MINUTE: GRAIN_MS.MINUTE, HOUR: 4 * GRAIN_MS.QUARTER, DAY }[bucket]!;
    expect(points.map(({ at }) => Date.parse(at) % length)).toEqual(points.map(() => 0));
    const order = points.map(({ at, key }) => `${at} ${key}`);
    expect(order).toEqual([...order].sort());
  });

  it('divides hours and days as the clocks of a time zone do', async () => {
    const offset = 5.75 * 3_600_000;
    for (const [bucket, length] of [['HOUR', 3_600_000] as const, ['DAY', DAY] as const]) {
      const points = await usageOf(admin, { bucket, timeZone: 'Asia/Kathmandu' });
      expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(8);
      expect(points.map(({ at }) => (Date.parse(at) + offset) % length)).toEqual(points.map(() => 0));
    }
  });

  it('is one’s own for those who have CHAT alone, who are not told what connections are called', async () => {
    for (const client of [member, memberTool]) {
      const points = await usageOf(client, { groupBy: 'CONNECTION' });
      expect(byKey(points)).toMatchObject({ [connectionIds['usage-asked']!]: ended(2, { complete: 2 }) });
      expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
      expect(points.map(({ label }) => label)).toEqual(points.map(({ key }) => key));
      expect((await usageOf(client, { groupBy: 'CALLER' })).map(({ label }) => label)).toEqual(['Ben']);
    }
    const { users } = await admin.data<{ users: { id: string; name: string }[] }>('{ users { id name } }');
    const ada = users.find(({ name }) => name !== 'Ben')!.id;
    expect(await usageOf(member, { filter: { userIds: [ada] } })).toEqual([]);
    expect((await usageOf(admin, { filter: { userIds: [ada] } })).length).toBeGreaterThan(0);
  });

  it('is refused to a token that has neither USAGE_READ nor CHAT, and whole for one that has the first', async () => {
    const tokenWith = async (...scopes: string[]): Promise<TestClient> => {
      const input = { name: 'a', scopes };
      return app.client(
        (await admin.data<{ createApiToken: { token: string } }>(TOKEN, { input })).createApiToken.token,
      );
    };
    const refused = await (await tokenWith('MODELS_READ', 'AUDIT_READ')).error(USAGE, variables({}));
    expect(refused.extensions.code).toBe('FORBIDDEN');
    const points = await usageOf(await tokenWith('USAGE_READ'), { groupBy: 'CONNECTION' });
    expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(8);
    expect(points.map(({ label }) => label)).toContain('At usage-asked');
  });

  it.each([
    ['connections', () => ({ connectionIds: [connectionIds['usage-asked'], connectionIds['stalled']] }), 3],
    ['models', () => ({ models: ['usage-asked/stream-model'] }), 2],
    ['tokens', () => ({ tokenIds: [memberToolId] }), 3],
    ['no token, and a model that is not known', () => ({ tokenIds: [''], models: [''] }), 2],
    ['two things that never met', () => ({ tokenIds: [memberToolId], models: ['stalled/stream-model'] }), 0],
    ['nothing', () => ({ connectionIds: [] }), 0],
    ['what does not exist', () => ({ userIds: ['nobody', 'no\u0000body'] }), 0],
  ])('is narrowed by a filter to %s', async (_what, filter, requests) => {
    const points = await usageOf(admin, { filter: filter() });
    expect(points.reduce((sum, point) => sum + point.requests, 0)).toBe(requests);
  });

  it.each<[string, Variables, string | RegExp]>([
    ['to', { from: Date.now(), to: Date.now() }, /after the beginning/],
    ['timeZone', { timeZone: 'Mars/Olympus' }, /IANA/],
    ['timeZone', { timeZone: '+05:30' }, /IANA/],
    ['from', { bucket: 'MINUTE', from: Date.now() - KEPT_MS.MINUTE - DAY }, /kept since .*HOUR or DAY/],
    ['from', { bucket: 'HOUR', from: Date.now() - KEPT_MS.QUARTER - DAY }, /kept since .*ask for DAY/],
    ['from', { bucket: 'DAY', from: Date.now() - KEPT_MS.DAY - DAY }, /kept since/],
    ['filter.models', { filter: { models: Array<string>(201).fill('m') } }, /200/],
  ])('names %s where that cannot be answered', async (field, asked, message) => {
    const { extensions, message: said } = await admin.error(USAGE, variables(asked));
    expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(said).toMatch(message);
  });

  it('goes back as far as it is kept, and to any end', async () => {
    for (const [bucket, kept] of [
      ['MINUTE', KEPT_MS.MINUTE],
      ['HOUR', KEPT_MS.QUARTER],
      ['DAY', KEPT_MS.DAY],
    ] as const) {
      for (const timeZone of ['UTC', 'America/St_Johns']) {
        const points = await usageOf(admin, {
          bucket,
          from: Date.now() - kept,
          to: Date.parse('9999-12-31'),
          timeZone,
        });
        expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(8);
      }
    }
  });

  it('keeps the name of a connection that is removed, and of people and tokens that are gone', async () => {
    const gone = { name: 'Gone', email: 'gone@example.org', password: 'a password of theirs' };
    const { createUser } = await admin.data<{ createUser: { id: string } }>(
      `mutation ($name: String!, $email: String!, $password: String!) {
         createUser(name: $name, email: $email, password: $password, role: MEMBER) { id } }`,
      gone,
    );
    const leaver = await app.client().signIn(gone);
    const { createApiToken } = await leaver.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
      TOKEN,
      {
        input: { name: 'short-lived', scopes: ['CHAT'] },
      },
    );
    await link('finish-absent');
    await (await chat(app.client(createApiToken.token), 'finish-absent/stream-model')).text();
    const filter = { userIds: [createUser.id] };
    await whenThere(admin, { filter }, 1);
    await admin.data('mutation ($id: ID!) { revokeApiToken(id: $id) }', { id: createApiToken.apiToken.id });
    await admin.data('mutation ($id: ID!) { removeUser(id: $id) }', { id: createUser.id });
    await admin.data('mutation ($id: ID!) { removeConnection(id: $id) }', { id: connectionIds['finish-absent'] });
    const label = async (groupBy: string) => (await usageOf(admin, { groupBy, filter }))[0]?.label;
    expect(await label('CONNECTION')).toBe('At finish-absent');
    expect(await label('CALLER')).toMatch(/Gone|gone@example.org/);
    expect(await label('TOKEN')).toContain('short-lived');
  });

  it('counts a form by its model, and what is asked of an earlier response in no way', async () => {
    const form = new FormData();
    form.append('model', 'usage-never/stream-model');
    form.append('file', new Blob(['sound']), 'a.wav');
    const filter = { models: ['usage-never/stream-model'] };
    const before = (await usageOf(admin, { filter })).reduce((sum, { requests }) => sum + requests, 0);
    await (await admin.fetch('/v1/audio/transcriptions', { method: 'POST', body: form })).text();
    await whenThere(admin, { filter }, before + 1);
    const all = (await usageOf(admin)).reduce((sum, { requests }) => sum + requests, 0);
    expect((await admin.fetch('/v1/responses/resp_unknown')).status).toBe(404);
    await (await chat(admin, 'invented')).text();
    await whenThere(admin, {}, all + 1);
  });

  it('counts an Ollama request by its model also where no endpoint is asked: to load it, and what cannot be translated', async () => {
    const ask = async (model: string, more: object): Promise<number> =>
      (await admin.fetch('/api/generate', { method: 'POST', body: JSON.stringify({ model, ...more }) })).status;
    const name = 'stalled/stream-model';
    const filter = { models: [name] };
    const before = byKey(await usageOf(admin, { filter }))[name]!;
    expect([await ask(name, {}), await ask(name, { prompt: 'Hi', raw: true })]).toEqual([200, 400]);
    const after = byKey(await whenThere(admin, { filter }, before['requests']! + 2))[name];
    expect(after).toMatchObject({ complete: before['complete']! + 1, rejected: before['rejected']! + 1 });
  });

  it('counts what is refused for its limit or its type, without a model, and not what is refused for its credential or size', async () => {
    const input = { name: 'slow', scopes: ['CHAT'], requestsPerMinute: 1 };
    const { createApiToken } = await admin.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
      TOKEN,
      { input },
    );
    const filter = { tokenIds: [createApiToken.apiToken.id] };
    const slow = app.client(createApiToken.token);
    const post = async (client: TestClient, body: string | Buffer | FormData): Promise<number> =>
      (await client.fetch('/v1/chat/completions', { method: 'POST', body })).status;
    const form = new FormData();
    form.append('model', 'usage-asked/stream-model');
    const chatBody = JSON.stringify({ model: 'usage-asked/stream-model' });
    expect(await post(app.client('ilm_nobody'), chatBody)).toBe(401);
    expect(await post(slow, Buffer.alloc(32 * 1024 * 1024 + 1, ' '))).toBe(413);
    expect([await post(slow, form), await post(slow, chatBody)]).toEqual([415, 429]);
    expect(await whenThere(admin, { filter }, 2)).toMatchObject([{ key: '', rejected: 2 }]);
  });

  it('says nothing of a model that a token may not use: its name would show that it exists', async () => {
    const input = { name: 'bound', scopes: ['CHAT'], modelAllowlist: ['other'] };
    const { createApiToken } = await member.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
      TOKEN,
      {
        input,
      },
    );
    const bound = app.client(createApiToken.token);
    expect((await chat(bound, 'usage-asked/stream-model')).status).toBe(404);
    const points = await whenThere(bound, { filter: { tokenIds: [createApiToken.apiToken.id] } }, 1);
    expect(points).toMatchObject([{ key: '', label: 'Unknown model', rejected: 1 }]);
    // What other tokens of the same person used is not told either.
    expect(await usageOf(bound, {})).toEqual(points);
    expect((await usageOf(member, {})).map(({ key }) => key)).toContain('usage-asked/stream-model');
  });

  it('is added to by several processes, and forgotten when its time is over', async () => {
    const { database, usageRetention } = app.app.services;
    const now = Date.now();
    const request = {
      connectionId: null,
      userId: 'somebody',
      tokenId: null,
      firstByteMs: null,
      totalMs: 1,
      outcome: 'complete' as const,
      tokens: { input: 1, output: null },
    };
    const recorders = [1, 2].map(
      () => new UsageRecorder({ database, clock: systemClock, logger: pino({ level: 'silent' }) }),
    );
    const days = [3, 90, 103, 1_000, 1_099];
    for (const recorder of recorders) {
      // More than are forgotten in one go.
      for (let count = 0; count < 1_200; count += 1) {
        recorder.record({
          ...request,
          model: `old ${String(count)}`,
          at: now - KEPT_MS.MINUTE - SPARE_MS - GRAIN_MS.MINUTE,
        });
      }
      for (const age of days) recorder.record({ ...request, model: `${String(age)} days`, at: now - age * DAY });
      await recorder.flush();
    }
    const filter = { userIds: ['somebody'], models: ['3 days', '90 days', '103 days', '1000 days'] };
    const found = () => usageOf(admin, { from: now - KEPT_MS.DAY, filter, timeZone: 'Asia/Kolkata' });
    expect((await found()).map(({ key, complete }) => [key, complete])).toEqual([
      ['1000 days', 2],
      ['103 days', 2],
      ['90 days', 2],
      ['3 days', 2],
    ]);
    await usageRetention.prune(new Date(now));
    expect((await found()).map(({ key }) => key)).toEqual(['1000 days', '103 days', '90 days', '3 days']);
    const kept = await query<{ grain: string; model: string }>(
      app.databaseUrl,
      `SELECT "grain", "model" FROM "usage_total" WHERE "userId" = 'somebody' AND "model" NOT LIKE 'old%' ORDER BY 1, 2`,
    );
    expect(kept.map(({ grain, model }) => `${grain} ${model}`)).toEqual([
      'DAY 1000 days',
      'DAY 103 days',
      'DAY 3 days',
      'DAY 90 days',
      'MINUTE 3 days',
      'QUARTER 3 days',
      'QUARTER 90 days',
    ]);
    const old = await query<{ grain: string }>(
      app.databaseUrl,
      `SELECT DISTINCT "grain" FROM "usage_total" WHERE "model" LIKE 'old%' ORDER BY 1`,
    );
    expect(old.map(({ grain }) => grain)).toEqual(['DAY', 'QUARTER']);
  }, 30_000);

  it('is told to Prometheus as far as it waits, was dropped and was stored', async () => {
    const metrics = await (await admin.fetch('/metrics')).text();
    expect(metrics).toMatch(/^intrallm_usage_pending \d+$/m);
    expect(metrics).toMatch(/^intrallm_usage_dropped_total 0$/m);
    expect(metrics).toMatch(/^intrallm_usage_written_rows_total [1-9]\d*$/m);
    expect(metrics).toMatch(/^intrallm_usage_flush_failures_total 0$/m);
  });

  it('of the last moment is there after a restart, that of requests which were cut by it included', async () => {
    const before = (await usageOf(admin)).reduce((sum, { requests }) => sum + requests, 0);
    const open = await chat(admin, 'stalled/stream-model', { stream: true });
    const reader = open.body!.getReader();
    await reader.read();
    await (await chat(admin, 'usage-asked/stream-model')).text();
    // Its end comes with ours.
    const cut = reader.closed.catch(() => undefined);
    app = await app.restart();
    await cut;
    admin = await app.admin();
    const after = (await usageOf(admin)).reduce((sum, { requests }) => sum + requests, 0);
    expect(after - before).toBe(2);
  }, 60_000);
});
