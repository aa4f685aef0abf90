import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { KeyCanary } from '../../src/secrets/key-canary.entity.js';
import { Secret } from '../../src/secrets/secret.entity.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const KEY = 'sk-0123456789abcdef';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly keyState: string;
  readonly warnings: { code: string }[];
  readonly health: { problem: { code: string } | null };
}

describeOnEachDatabase('sealed values that were damaged in the database', (kind) => {
  let endpoint: Simulator;
  let app: TestApp;
  let admin: TestClient;

  beforeAll(async () => {
    endpoint = await startSimulator({ profile: 'vllm', key: KEY });
    app = await startTestApp({ kind });
    admin = await app.admin();
    for (const name of ['Damaged', 'Sound']) {
      await admin.data('mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }', {
        input: { kind: 'OPENAI', url: endpoint.url, name, apiKey: KEY },
      });
    }
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await endpoint.close();
  });

  const rows = async () => {
    const query =
      '{ connections { id name status keyState warnings { code } health { problem { code message hint } } } }';
    return (await admin.data<{ connections: Row[] }>(query)).connections;
  };
  const row = async (name: string): Promise<Row> => {
    const found = (await rows()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} is not there`);
    return found;
  };
  const reveal = 'mutation ($id: ID!) { revealKey(id: $id) { apiKey } }';

  it('keep no server from starting, and make only the connection that they belong to UNREADABLE', async () => {
    await eventually(rows, (all) => all.every(({ status }) => status === 'ONLINE'));
    const damage = { box: Buffer.alloc(48, 3).toString('base64') };
    const { id } = await row('Damaged');
    await app.app.services.database.write(async ({ manager }) => {
      await manager.update(Secret, { connectionId: id }, damage);
      await manager.createQueryBuilder().update(KeyCanary).set(damage).execute();
    });
    app = await app.restart();
    admin = await app.admin();
    expect(app.log()).toContain('what was sealed to recognise the master key was altered');
    const damaged = await eventually(
      () => row('Damaged'),
      ({ status }) => status === 'OFFLINE',
    );
    expect(damaged).toMatchObject({ keyState: 'UNREADABLE', health: { problem: { code: 'KEY_UNREADABLE' } } });
    expect(damaged.warnings.map(({ code }) => code)).toContain('KEY_UNREADABLE');
    const error = await admin.error(reveal, { id: damaged.id });
    expect(error).toMatchObject({
      message: expect.stringMatching(/Enter the key again/),
      extensions: { code: 'UNAVAILABLE' },
    });
    const sound = await row('Sound');
    expect(sound).toMatchObject({ status: 'ONLINE', keyState: 'STORED' });
    expect(await admin.data(reveal, { id: sound.id })).toEqual({ revealKey: { apiKey: KEY } });
  });

  it('are replaced by entering the key again', async () => {
    const { id } = await row('Damaged');
    await admin.data(
      'mutation ($id: ID!, $key: String!) { updateConnection(id: $id, input: { apiKey: $key }) { id } }',
      {
        id,
        key: KEY,
      },
    );
    const mended = await eventually(
      () => row('Damaged'),
      ({ status }) => status === 'ONLINE',
    );
    expect(mended).toMatchObject({ keyState: 'STORED' });
    expect(await admin.data(reveal, { id })).toEqual({ revealKey: { apiKey: KEY } });
  });
});
