import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const ENDPOINTS = 6;
const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id status health { checking } } }';

/** Everything that the pages of the admin app and integrators read. */
const READS = [
  '{ instance { needsSetUp version } me { name } sessions { id } }',
  `{ connections { id name url status keyState warnings { message } modelCount models { name }
     health { status checking problem { code } uptime24h timeline { worst } history { at } } } }`,
  '{ connectionStatuses { kind status } }',
  '{ models { id name available connection { name } } modelCount servedModels { name models { id } } }',
  '{ users { id } apiTokens { id } auditLog { id } verifyAuditLog { ok } }',
];

describeOnEachDatabase('while every endpoint is a black hole', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let holes: Simulator[];
  let ids: string[];

  beforeAll(async () => {
    holes = await Promise.all(Array.from({ length: ENDPOINTS }, () => startSimulator({ profile: 'black-hole' })));
    // No check ends by itself while the test runs: what completes has not waited for one.
    app = await startTestApp({ kind, cadence: { ...DEFAULT_CADENCE, deadlineMs: 600_000 } });
    admin = await app.admin();
    ids = [];
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await Promise.all(holes.map((hole) => hole.close()));
  });

  /** The checks that have begun and not ended: their sockets are open. */
  async function openChecks(): Promise<number> {
    const requests = holes.flatMap((hole) => hole.requests);
    const closed = new Set<unknown>();
    for (const request of requests) void request.closed.then(() => closed.add(request));
    await nextTurn();
    return requests.length - closed.size;
  }

  it('connections are added one after the other, none waiting for the check of another or its own', async () => {
    for (const [index, { url }] of holes.entries()) {
      const input = {
        kind: 'OPENAI',
        url,
        name: `Hole ${String(index)}`,
        declaredModels: [`declared-${String(index)}`],
      };
      const { addConnection } = await admin.data<{ addConnection: { id: string; status: string } }>(ADD, { input });
      expect(addConnection.status).toBe('UNKNOWN');
      ids.push(addConnection.id);
    }
    await Promise.all(holes.map((hole) => hole.waitForRequest()));
    expect(await openChecks()).toBe(ENDPOINTS);
  });

  it('every read answers, and every check still hangs afterwards', async () => {
    expect(await openChecks()).toBe(ENDPOINTS);
    for (const document of READS) expect((await admin.graphql(document)).errors).toBeUndefined();
    for (const id of ids) {
      const { connection } = await admin.data<{ connection: { status: string; health: { checking: boolean } } }>(
        'query ($id: ID!) { connection(id: $id) { status models { name } health { checking } } }',
        { id },
      );
      expect(connection).toMatchObject({ status: 'UNKNOWN', health: { checking: true } });
    }
    for (const route of ['/v1/models', '/healthz', '/readyz', '/metrics']) {
      expect((await admin.fetch(route)).status).toBe(200);
    }
    expect(await openChecks()).toBe(ENDPOINTS);
  });

  it('snapshots of the status stream are told', async () => {
    const socket = admin.socket();
    const kinds: string[] = [];
    for await (const { data } of socket.iterate<{ connectionStatus: { kind: string } }>({
      query: 'subscription { connectionStatus { kind } }',
    })) {
      kinds.push(data?.connectionStatus.kind ?? 'error');
      if (kinds.at(-1) === 'CHECKPOINT') break;
    }
    await socket.dispose();
    expect(kinds).toEqual([...Array<string>(ENDPOINTS).fill('SNAPSHOT'), 'CHECKPOINT']);
    expect(await openChecks()).toBe(ENDPOINTS);
  });

  it('changes are made, a refresh answers at once, and a person signs in', async () => {
    const [edited, switched, removed] = ids;
    await admin.data('mutation ($id: ID!) { updateConnection(id: $id, input: { tags: ["x"] }) { id } }', {
      id: edited,
    });
    await admin.data('mutation ($id: ID!) { toggleConnection(id: $id) { id } }', { id: switched });
    await admin.data('mutation ($id: ID!) { removeConnection(id: $id) }', { id: removed });
    const { refreshConnections } = await admin.data<{ refreshConnections: object }>(
      'mutation { refreshConnections { total done finishedAt } }',
    );
    expect(refreshConnections).toEqual({ total: ENDPOINTS - 2, done: 0, finishedAt: null });
    await app.client().signIn();
    // What was switched off or removed is no longer checked; the others hang on, one of them in a new check.
    expect(await openChecks()).toBeGreaterThanOrEqual(ENDPOINTS - 3);
  });
});
