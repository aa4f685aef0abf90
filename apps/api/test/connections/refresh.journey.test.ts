import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

interface Progress {
  readonly total: number;
  readonly done: number;
  readonly finishedAt: string | null;
  readonly cancelled: boolean;
}

describeOnEachDatabase('a refresh', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let endpoints: Simulator[];

  beforeAll(async () => {
    endpoints = await Promise.all([startSimulator({ profile: 'vllm' }), startSimulator({ profile: 'vllm' })]);
    app = await startTestApp({ kind });
    admin = await app.admin();
    for (const { url } of endpoints) {
      await admin.data('mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url }) { id } }', {
        url,
      });
    }
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  });

  const statuses = async () =>
    (await admin.data<{ connections: { status: string }[] }>('{ connections { status } }')).connections;

  /** Reads on until it fits. */
  async function progressUntil(id: string, isIt: (progress: Progress) => boolean): Promise<Progress> {
    const socket = admin.socket();
    const query =
      'subscription ($id: ID!) { refreshProgress(id: $id) { total done failed startedAt finishedAt cancelled } }';
    try {
      for await (const { data, errors } of socket.iterate<{ refreshProgress: Progress }>({
        query,
        variables: { id },
      })) {
        if (data == null) throw new Error(JSON.stringify(errors));
        if (isIt(data.refreshProgress)) return data.refreshProgress;
      }
      throw new Error('the stream ended');
    } finally {
      await socket.dispose();
    }
  }

  it('goes on after a restart, under the id that was given, and ends', async () => {
    await eventually(statuses, (all) => all.every(({ status }) => status === 'ONLINE'));
    endpoints[1]?.control.hang();
    endpoints[1]?.clearRequests();
    await endpoints[1]?.waitForRequest();
    const { refreshConnections } = await admin.data<{ refreshConnections: { id: string; total: number } }>(
      'mutation { refreshConnections { id total } }',
    );
    const { id } = refreshConnections;
    await progressUntil(id, ({ done }) => done === 1);
    app = await app.restart();
    admin = await app.admin();
    expect(await progressUntil(id, () => true)).toMatchObject({ total: 2, done: 1, finishedAt: null });
    await endpoints[1]?.control.reset();
    const ended = await progressUntil(id, ({ finishedAt }) => finishedAt !== null);
    expect(ended).toMatchObject({ total: 2, done: 2, failed: 0, cancelled: false });
  });
});
