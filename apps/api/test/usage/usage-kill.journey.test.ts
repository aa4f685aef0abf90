import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ADMIN, eventually, TestClient } from '../support/app.js';
import { describeOnEachDatabase, type DisposableDatabase } from '../support/postgres/postgres.js';
import { endProducts, startProduct, type Product } from '../support/product.js';
import { query } from '../support/stored.js';

const ROUNDS = 2;
const CLIENTS = 3;

describeOnEachDatabase('the usage of a server that is killed', (kind) => {
  let stored: DisposableDatabase;
  let folder: string;

  beforeEach(async () => {
    stored = await kind.create();
    folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-usage-kill-'));
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

  /** Of all grains, which must agree: a batch is stored whole or not at all. */
  async function counted(): Promise<number> {
    const sums = await query<{ grain: string; requests: string | number }>(
      stored.url,
      `SELECT "grain", SUM("rejected") AS "requests" FROM "usage_total" GROUP BY "grain"`,
    );
    const [first = 0, ...others] = sums.map(({ requests }) => Number(requests));
    expect(others).toEqual(others.map(() => first));
    return first;
  }

  it('has every request once that it had before, none twice, and after an orderly end all of them', async () => {
    let sent = 0;
    let answered = 0;
    for (let round = 0; round <= ROUNDS; round += 1) {
      const product = await start();
      const client = await new TestClient(product.url).signIn();
      const before = await counted();
      let isOver = false;
      /** Nobody serves the model: it is refused, and that is counted. */
      const loops = Array.from({ length: CLIENTS }, async () => {
        while (!isOver) {
          sent += 1;
          try {
            await (await client.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"none"}' })).text();
            answered += 1;
          } catch {
            return;
          }
        }
      });
      const seen = await eventually(counted, (count) => count > before);
      if (round < ROUNDS) {
        await product.kill();
        await Promise.all(loops);
        const left = await counted();
        expect(left).toBeGreaterThanOrEqual(seen);
        expect(left).toBeLessThanOrEqual(sent);
        // What was lost counts for nothing from here on.
        sent = left;
        answered = left;
      } else {
        isOver = true;
        await Promise.all(loops);
        expect((await product.stop()).code).toBe(0);
        expect(await counted()).toBe(answered);
      }
    }
  }, 90_000);
});
