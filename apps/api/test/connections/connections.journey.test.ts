import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';
import { storedText } from '../support/stored.js';

const KEY = 'sk-journey-4f2a9c81d7e3';
const OTHER_KEY = 'sk-journey-moved-77e0b2a4';

const ADD =
  'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id name version status apiKeyPreview } }';
const ROW = `query ($id: ID!) { connection(id: $id) {
  id name url enabled version status modelCount keyState apiKeyPreview
  health { status problem { code message hint } latencyMs stages { stage state } } models { name available }
} }`;

interface Row {
  connection: {
    id: string;
    name: string;
    version: number;
    status: string;
    modelCount: number;
    keyState: string;
    health: { status: string; problem: { code: string; hint: string | null } | null };
    models: { name: string; available: boolean }[];
  };
}

describeOnEachDatabase('the main job over the API', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let endpoint: Simulator;
  let id: string;

  const row = async () => (await admin.data<Row>(ROW, { id })).connection;

  beforeAll(async () => {
    endpoint = await startSimulator({ profile: 'vllm', key: KEY, models: ['llama-3', 'qwen/coder'] });
    app = await startTestApp({ kind });
    admin = await app.admin();
  }, 120_000);

  afterAll(async () => {
    await app.close();
    await endpoint.close();
  });

  it('tries an endpoint before anything is saved', async () => {
    const { verifyConnection } = await admin.data<{
      verifyConnection: { ok: boolean; modelNames: string[]; stages: { stage: string; state: string }[] };
    }>(
      'mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { ok modelNames stages { stage state } } }',
      { input: { kind: 'OPENAI', url: endpoint.url, apiKey: KEY } },
    );
    expect(verifyConnection).toMatchObject({ ok: true, modelNames: ['llama-3', 'qwen/coder'] });
    expect(verifyConnection.stages.map(({ stage }) => stage)).toEqual([
      'ADDRESS',
      'CONNECT',
      'TLS',
      'AUTH',
      'CATALOGUE',
    ]);
    expect((await admin.data<{ connections: unknown[] }>('{ connections { id } }')).connections).toEqual([]);
  });

  it('links it, and shows its models by itself', async () => {
    const added = await admin.data<{ addConnection: { id: string; apiKeyPreview: string } }>(ADD, {
      input: { kind: 'OPENAI', url: endpoint.url, name: 'Rack 4', apiKey: KEY },
    });
    id = added.addConnection.id;
    expect(added.addConnection.apiKeyPreview).toBe('••••••••d7e3');
    const online = await eventually(row, ({ status }) => status === 'ONLINE');
    expect(online.models).toEqual([
      { name: 'llama-3', available: true },
      { name: 'qwen/coder', available: true },
    ]);
  });

  it('lists the models to OpenAI clients and answers a chat with the bytes of the endpoint', async () => {
    const list = (await (await admin.fetch('/v1/models')).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id: name }) => name)).toEqual(['llama-3', 'qwen/coder']);
    for (const stream of [false, true]) {
      const body = JSON.stringify({ model: 'llama-3', stream, messages: [{ role: 'user', content: 'Hello' }], big: 1 });
      const headers = { 'content-type': 'application/json' };
      const through = await admin.fetch('/v1/chat/completions', { method: 'POST', body, headers });
      expect(through.status).toBe(200);
      expect(through.headers.get('x-intrallm-connection')).toBe(id);
      const received = endpoint.requests.at(-1);
      expect(received?.body.toString()).toBe(body);
      expect(received?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
      expect(received?.headers['cookie']).toBeUndefined();
      expect(received?.headers['origin']).toBeUndefined();
      const text = await through.text();
      if (stream) expect(text).toMatch(/data: \[DONE\]\n\n$/);
      else expect(JSON.parse(text)).toMatchObject({ object: 'chat.completion' });
    }
  });

  it('answers 404 in OpenAI’s shape for a model that nobody serves, and 401 for a wrong token', async () => {
    const headers = { 'content-type': 'application/json' };
    const unknown = await admin.fetch('/v1/chat/completions', {
      method: 'POST',
      headers,
      body: '{"model":"gpt-9","messages":[]}',
    });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
    const wrong = await app.client('ilm_wrong').fetch('/v1/models');
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toMatchObject({ error: { type: 'authentication_error' } });
  });

  it('follows the endpoint when it stops and when it comes back', async () => {
    await endpoint.control.down();
    const offline = await eventually(row, ({ status }) => status === 'OFFLINE');
    expect(offline.health.problem).toMatchObject({ code: 'CONNECTION_REFUSED' });
    expect(offline.models.map(({ available }) => available)).toEqual([false, false]);
    const chat = await admin.fetch('/v1/chat/completions', {
      method: 'POST',
      body: '{"model":"llama-3","messages":[]}',
    });
    expect(chat.status).toBe(503);
    await endpoint.control.up();
    const back = await eventually(row, ({ status }) => status === 'ONLINE');
    expect(back.modelCount).toBe(2);
  });

  it('says UNAUTHORIZED at once when the key is refused, and keeps the models', async () => {
    endpoint.control.answer(401);
    const refused = await eventually(row, ({ status }) => status === 'UNAUTHORIZED');
    expect(refused.modelCount).toBe(2);
    await endpoint.control.reset();
    await eventually(row, ({ status }) => status === 'ONLINE');
  });

  it('reveals the key to a person who just gave the password, and to no token', async () => {
    const reveal = 'mutation ($id: ID!) { revealKey(id: $id) { apiKey } }';
    const before = app.answers.length;
    const { revealKey } = await admin.data<{ revealKey: { apiKey: string } }>(reveal, { id });
    expect(revealKey.apiKey).toBe(KEY);
    app.answers.splice(before, 1);
    const create = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }';
    const input = { name: 'robot', scopes: ['CONNECTIONS_READ', 'CHAT', 'MODELS_READ'] };
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(create, { input });
    const robot = app.client(createApiToken.token);
    expect((await robot.error(reveal, { id })).extensions.code).toBe('FORBIDDEN');
    expect((await robot.fetch('/v1/models')).status).toBe(200);
  });

  it('never lets a stored key follow to another place', async () => {
    const update =
      'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { version } }';
    const elsewhere = { url: 'http://127.0.0.1:9/v1' };
    expect(await admin.error(update, { id, input: elsewhere })).toMatchObject({
      extensions: { code: 'SECRET_REQUIRED' },
    });
    const verify = 'mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { ok } }';
    const input = { id, kind: 'OPENAI', ...elsewhere };
    expect(await admin.error(verify, { input })).toMatchObject({ extensions: { code: 'SECRET_REQUIRED' } });
    await admin.data(update, { id, input: { ...elsewhere, apiKey: OTHER_KEY } });
    expect((await row()).models.every(({ available }) => !available)).toBe(true);
    await admin.data(update, { id, input: { url: endpoint.url, apiKey: KEY } });
    await eventually(row, ({ status }) => status === 'ONLINE');
  });

  it('names the field of every bad input', async () => {
    const cases: [object, string, string][] = [
      [{ url: 'not a url' }, 'BAD_USER_INPUT', 'input.url'],
      [{ url: 'ftp://host/v1' }, 'BAD_USER_INPUT', 'input.url'],
      [{ url: 'http://host/v1?key=1' }, 'BAD_USER_INPUT', 'input.url'],
      [{ url: 'http://host/v1#part' }, 'BAD_USER_INPUT', 'input.url'],
      [{ name: 'x'.repeat(5_000) }, 'BAD_USER_INPUT', 'input.name'],
      [{ name: 'rack 4' }, 'CONFLICT', 'input.name'],
      [{ apiKey: '' }, 'BAD_USER_INPUT', 'input.apiKey'],
      [{ apiKey: '••••••••d7e3' }, 'BAD_USER_INPUT', 'input.apiKey'],
      [
        {
          headers: [
            { name: 'X-Good', value: '1' },
            { name: 'Host', value: 'x' },
          ],
        },
        'BAD_USER_INPUT',
        'input.headers.1.name',
      ],
      [{ weight: -1 }, 'BAD_USER_INPUT', 'input.weight'],
    ];
    for (const [wrong, code, field] of cases) {
      const input = { kind: 'OPENAI', url: 'http://10.0.0.9:8000/v1', ...wrong };
      expect(await admin.error(ADD, { input })).toMatchObject({ extensions: { code, field } });
    }
    expect((await admin.data<{ connections: unknown[] }>('{ connections { id } }')).connections).toHaveLength(1);
  });

  it('refuses a stale edit and an unknown id', async () => {
    const toggle =
      'mutation ($id: ID!, $version: Int) { toggleConnection(id: $id, version: $version) { version enabled } }';
    const { version } = await row();
    expect(await admin.error(toggle, { id, version: version - 1 })).toMatchObject({
      extensions: { code: 'CONFLICT', currentVersion: version },
    });
    expect(await admin.error(toggle, { id: 'nobody' })).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  });

  it('hides the models of what is switched off, and keeps them', async () => {
    const toggle = 'mutation ($id: ID!, $enabled: Boolean) { toggleConnection(id: $id, enabled: $enabled) { status } }';
    expect(await admin.data(toggle, { id, enabled: false })).toEqual({ toggleConnection: { status: 'DISABLED' } });
    const count = (filter: string) => admin.data<{ modelCount: number }>(`{ modelCount${filter} }`);
    expect(await count('')).toEqual({ modelCount: 0 });
    expect(await count('(filter: { includeDisabled: true })')).toEqual({ modelCount: 2 });
    await eventually(
      async () => ((await (await admin.fetch('/v1/models')).json()) as { data: unknown[] }).data.length,
      (length) => length === 0,
    );
    await admin.data(toggle, { id, enabled: true });
    await eventually(row, ({ status }) => status === 'ONLINE');
  });

  it('brings a removed connection back as it was', async () => {
    const before = await row();
    await admin.data('mutation ($id: ID!) { removeConnection(id: $id) }', { id });
    expect((await admin.data<{ connection: unknown }>(ROW, { id })).connection).toBeNull();
    await admin.data('mutation ($id: ID!) { restoreConnection(id: $id) { id } }', { id });
    const after = await eventually(row, ({ status }) => status === 'ONLINE');
    expect(after).toMatchObject({ name: before.name, keyState: 'STORED', modelCount: 2 });
  });

  it('pushes every change of status over the socket, and resumes after a cursor', async () => {
    const query =
      'subscription ($after: String) { connectionStatus(after: $after) { kind cursor connectionId previous status } }';
    type Told = { kind: string; cursor: string | null; connectionId: string | null; status: string | null };
    const listen = (after: string | null) => {
      const client = admin.socket();
      const events = client.iterate<{ connectionStatus: Told }>({ query, variables: { after } });
      const next = async (isIt: (event: Told) => boolean): Promise<Told> => {
        for (;;) {
          const { value, done } = await events.next();
          if (done === true) throw new Error('the stream ended');
          const event = value.data?.connectionStatus;
          if (event === undefined) throw new Error(JSON.stringify(value));
          if (isIt(event)) return event;
        }
      };
      return { next, end: () => client.dispose() };
    };
    const first = listen(null);
    expect(await first.next(() => true)).toMatchObject({ kind: 'SNAPSHOT', connectionId: id, status: 'ONLINE' });
    const { cursor } = await first.next(({ kind: sort }) => sort === 'CHECKPOINT');
    await endpoint.control.down();
    await first.next(({ status }) => status === 'OFFLINE');
    await first.end();
    await endpoint.control.up();
    await eventually(row, ({ status }) => status === 'ONLINE');
    const second = listen(cursor);
    expect(await second.next(({ kind: sort }) => sort === 'CHANGED')).toMatchObject({ status: 'OFFLINE' });
    expect(await second.next(({ kind: sort }) => sort === 'CHANGED')).toMatchObject({ status: 'ONLINE' });
    await second.end();
  });

  it('closes a socket whose credential is wrong for good, and carries no mutation', async () => {
    const closed = new Promise<{ code: number }>((resolve) => {
      const client = app.client().socket({ authorization: 'Bearer ilm_wrong' });
      client.on('closed', (event) => {
        resolve(event as { code: number });
      });
      void client
        .iterate({ query: 'subscription { connectionStatus { kind } }' })
        .next()
        .catch(() => undefined);
    });
    expect((await closed).code).toBe(4401);
    const client = admin.socket();
    const refused = client.iterate({ query: 'mutation { signOut }' }).next();
    await expect(refused).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await client.dispose();
  });

  it('has all of it in the audit log, whole and without a secret', async () => {
    const { verifyAuditLog, auditLog } = await admin.data<{
      verifyAuditLog: { ok: boolean };
      auditLog: { action: string }[];
    }>('{ verifyAuditLog { ok } auditLog(first: 500) { action changes { field before after } } }');
    expect(verifyAuditLog.ok).toBe(true);
    const actions = new Set(auditLog.map(({ action }) => action));
    for (const action of ['connection.added', 'connection.updated', 'connection.removed', 'connection.keyRevealed']) {
      expect(actions).toContain(action);
    }
  });

  it('survives a restart with everything it acknowledged', async () => {
    app = await app.restart();
    admin = await app.admin();
    expect(await eventually(row, ({ status }) => status === 'ONLINE')).toMatchObject({ name: 'Rack 4', modelCount: 2 });
  });

  it('says UNREADABLE instead of failing when the master key is another one', async () => {
    app = await app.restart({ INTRALLM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') });
    admin = await app.admin();
    const lost = await eventually(row, ({ status }) => status !== 'ONLINE' && status !== 'UNKNOWN');
    expect(lost).toMatchObject({ keyState: 'UNREADABLE', health: { problem: { code: 'KEY_UNREADABLE' } } });
    const update =
      'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { keyState } }';
    await admin.data(update, { id, input: { apiKey: KEY } });
    expect(await eventually(row, ({ status }) => status === 'ONLINE')).toMatchObject({ keyState: 'STORED' });
  });

  it('has put no key into the database, the log, or an answer but revealKey’s', async () => {
    const stored = await storedText(app.databaseUrl);
    for (const key of [KEY, OTHER_KEY]) {
      expect(stored.includes(key)).toBe(false);
      expect(app.log().includes(key)).toBe(false);
      expect(app.answers.some((answer) => answer.includes(key))).toBe(false);
    }
    expect(stored.includes('Rack 4')).toBe(true);
  });
});
