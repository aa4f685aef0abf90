import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ADMIN, TestClient } from '../support/app.js';
import { describeOnEachDatabase, type DisposableDatabase } from '../support/postgres/postgres.js';
import { endProducts, startProduct, type Product } from '../support/product.js';
import { expectNothingHalfWritten } from '../support/stored.js';

const ROUNDS = 3;
const CLIENTS = 4;
/** Below the 20 keys a minute that one person may reveal. */
const REVEALED = 15;

/** What of a connection is compared. */
interface State {
  readonly version: number;
  readonly enabled: boolean;
  readonly tags: readonly string[];
}

/** A connection as it must be found: as acknowledged, or as the change makes it that was under way. */
interface Expected {
  acknowledged: State | null;
  underWay: State | null;
  readonly apiKey: string;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id version enabled tags } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id version enabled tags } }';
const TOGGLE = 'mutation ($id: ID!) { toggleConnection(id: $id) { id version enabled tags } }';

describeOnEachDatabase('a server that is killed in the midst of writes', (kind) => {
  let stored: DisposableDatabase;
  let folder: string;
  /** By name: an id is known only once the adding is acknowledged. */
  let expected: Map<string, Expected>;
  let ids: Map<string, string>;
  let chance: () => number;
  let cookie: string | null;

  beforeEach(async () => {
    stored = await kind.create();
    folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-kill-'));
    expected = new Map();
    ids = new Map();
    chance = random(20_261_125);
    cookie = null;
  });
  afterEach(async () => {
    await endProducts();
    await stored.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (): Promise<Product> =>
    startProduct({
      INTRALLM_DATA: folder,
      DATABASE_URL: stored.url,
      INTRALLM_ADMIN_EMAIL: ADMIN.email,
      INTRALLM_ADMIN_PASSWORD: ADMIN.password,
    });

  /** Signs in once: the session was acknowledged, so it outlives every kill as well. */
  async function client(product: Product): Promise<TestClient> {
    const one = new TestClient(product.url);
    one.cookie = cookie;
    if (cookie === null) await one.signIn();
    ({ cookie } = one);
    return one;
  }

  async function change(admin: TestClient, name: string, after: State, document: string, variables: object) {
    const known = expected.get(name);
    if (known === undefined) throw new Error(`${name} is not known`);
    known.underWay = after;
    const data = await admin.data<Record<string, State & { id: string }>>(document, variables);
    const answer = Object.values(data)[0];
    if (answer === undefined) throw new Error('no answer');
    const { id, ...state } = answer;
    expect(state).toEqual(after);
    ids.set(name, id);
    known.acknowledged = after;
    known.underWay = null;
  }

  /** One change of one of this client's connections, or one more connection. */
  async function changeSomething(admin: TestClient, own: string[], prefix: string): Promise<void> {
    const name = own[Math.floor(chance() * own.length * 1.3)];
    const known = name === undefined ? undefined : expected.get(name);
    const id = name === undefined ? undefined : ids.get(name);
    if (name === undefined || id === undefined || known?.acknowledged == null) {
      const added = `${prefix} ${String(own.length)}`;
      const apiKey = `sk-${added.replaceAll(' ', '-')}-${String(chance())}`;
      expected.set(added, { acknowledged: null, underWay: null, apiKey });
      own.push(added);
      const input = { kind: 'OPENAI', url: 'http://127.0.0.1:9/v1', name: added, apiKey, enabled: false };
      await change(admin, added, { version: 1, enabled: false, tags: [] }, ADD, { input });
      return;
    }
    const { version, enabled, tags } = known.acknowledged;
    if (chance() < 0.5) {
      await change(admin, name, { version: version + 1, enabled: !enabled, tags }, TOGGLE, { id });
      return;
    }
    const next = [`change-${String(version + 1)}`];
    await change(admin, name, { version: version + 1, enabled, tags: next }, UPDATE, { id, input: { tags: next } });
  }

  /** Several clients write until the server is killed, after a number of acknowledged changes and a moment more. */
  async function writeUntilKilled(product: Product, round: number): Promise<number> {
    const killAfter = 10 + Math.floor(chance() * 40);
    const moment = Math.floor(chance() * 12);
    let count = 0;
    let isKilled = false;
    let killed: Promise<unknown> = Promise.resolve();
    const kill = async (): Promise<void> => {
      for (let turn = 0; turn < moment; turn += 1) await nextTurn();
      isKilled = true;
      await product.kill();
    };
    const work = async (index: number): Promise<void> => {
      const admin = await client(product);
      const own: string[] = [];
      for (;;) {
        try {
          await changeSomething(admin, own, `round ${String(round)} client ${String(index)}`);
        } catch (error) {
          if (!isKilled) throw error;
          return;
        }
        count += 1;
        if (count === killAfter) killed = kill();
      }
    };
    await client(product);
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => work(index)));
    await killed;
    return count;
  }

  /**
   * Finds what was acknowledged, takes what was under way for what became of it, and gives the head of the audit log.
   */
  async function expectEverything(product: Product, head: string | null): Promise<string> {
    const admin = await client(product);
    type Row = State & { id: string; name: string; keyState: string };
    const { connections } = await admin.data<{ connections: Row[] }>(
      '{ connections { id name version enabled tags keyState } }',
    );
    const byName = new Map(connections.map((row) => [row.name, row]));
    for (const [name, known] of expected) {
      const row = byName.get(name);
      const { acknowledged, underWay } = known;
      if (row === undefined) {
        expect({ name, acknowledged }).toEqual({ name, acknowledged: null });
        expected.delete(name);
        continue;
      }
      const { version, enabled, tags, keyState, id } = row;
      const found = { version, enabled, tags };
      expect([acknowledged, underWay]).toContainEqual(found);
      expect(keyState).toBe('STORED');
      ids.set(name, id);
      known.acknowledged = found;
      known.underWay = null;
    }
    expect(connections).toHaveLength(expected.size);
    const newest = [...expected].slice(-REVEALED);
    for (const [name, { apiKey }] of newest) {
      const { revealKey } = await admin.data<{ revealKey: { apiKey: string } }>(
        'mutation ($id: ID!) { revealKey(id: $id) { apiKey } }',
        { id: ids.get(name) },
      );
      expect(revealKey.apiKey).toBe(apiKey);
    }
    await expectNothingHalfWritten(stored.url);
    const { verifyAuditLog } = await admin.data<{ verifyAuditLog: { ok: boolean; headHash: string } }>(
      'query ($head: String) { verifyAuditLog(expectedHeadHash: $head) { ok headHash } }',
      { head },
    );
    expect(verifyAuditLog.ok).toBe(true);
    return verifyAuditLog.headHash;
  }

  it('has every acknowledged change when it starts again, whole, in an unbroken audit log, with keys that open', async () => {
    let product = await start();
    let head: string | null = null;
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(await writeUntilKilled(product, round)).toBeGreaterThanOrEqual(10);
      product = await start();
      head = await expectEverything(product, head);
    }
    const { code } = await product.stop();
    expect(code).toBe(0);
  });
});
