import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { thingChanged } from '../../test/support/thing-event.js';
import { createLogger } from '../log/logger.js';
import { KeyCanary } from '../secrets/key-canary.entity.js';

const event = thingChanged();
const row = (keyId: string) => ({ keyId, box: 'box' });

let test: TestDatabase;
let lines: string[];
beforeEach(async () => {
  lines = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  test = await openTestDatabase({ logger, maxWrites: 3 });
});
afterEach(() => test.close());

describe('a committed write', () => {
  it('is not rejected by what fails after it, and is announced all the same', async () => {
    const heard: string[] = [];
    test.doorbell.subscribe(() => {
      throw new Error('a listener that throws');
    });
    test.doorbell.subscribe(() => heard.push('second listener'));
    const result = await test.database.write(async (write) => {
      await write.manager.insert(KeyCanary, row('a'));
      write.event(event);
      write.afterCommit(() => {
        throw new Error('an action that throws');
      });
      write.afterCommit(() => heard.push('second action'));
      return 'stored';
    });
    expect(result).toBe('stored');
    expect(heard).toEqual(['second action', 'second listener']);
    expect(await test.database.read.count(KeyCanary)).toBe(1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', err: { message: 'an action that throws' } },
      { level: 'error', err: { message: 'a listener that throws' } },
    ]);
  });
});

describe('writes that wait', () => {
  it('are refused beyond a number with OVERLOADED and a time to wait, and are taken again when there is room', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let first = Promise.resolve();
    await new Promise<void>((begun) => {
      first = test.database.write(async ({ manager }) => {
        begun();
        await held;
        await manager.insert(KeyCanary, row('first'));
      });
    });
    const waiting = ['second', 'third'].map((name) =>
      test.database.write(({ manager }) => manager.insert(KeyCanary, row(name))),
    );
    const refused = test.database.write(({ manager }) => manager.insert(KeyCanary, row('refused')));
    await expect(refused).rejects.toMatchObject({ code: 'OVERLOADED', details: { retryAfterMs: 1_000 } });
    letGo();
    await Promise.all([first, ...waiting]);
    await test.database.write(({ manager }) => manager.insert(KeyCanary, row('after')));
    const rows = await test.database.read.find(KeyCanary);
    expect(rows.map(({ keyId }) => keyId).sort()).toEqual(['after', 'first', 'second', 'third']);
  });
});
