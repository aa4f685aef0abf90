import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { createLogger, type Logger } from '../log/logger.js';
import { KeyCanary } from './key-canary.entity.js';
import { generateMasterKey, SecretBox } from './secret-box.js';
import { Secret } from './secret.entity.js';
import { Vault, type SecretPlace } from './vault.js';

const place = (connectionId: string): SecretPlace => ({ connectionId, slot: 'apiKey', origin: 'http://10.0.0.5:8000' });

let test: TestDatabase;
let logged: { level: string; msg: string }[];
let logger: Logger;

beforeEach(async () => {
  test = await openTestDatabase();
  logged = [];
  logger = createLogger({
    level: 'info',
    destination: { write: (line) => void logged.push(JSON.parse(line) as never) },
  });
});
afterEach(() => test.close());

const store = (connectionId: string) =>
  test.database.write(({ manager, now }) => test.vault.put(manager, place(connectionId), 'sk-1234', now));
const canaries = () => test.database.read.find(KeyCanary);

describe('the check of the master keys at start', () => {
  it('knows its key again and says nothing', async () => {
    await test.vault.checkKeys(test.database, logger);
    const [before] = await canaries();
    await test.vault.checkKeys(test.database, logger);
    expect(await canaries()).toEqual([before]);
    expect(logged).toEqual([]);
  });

  it('warns of a key that is missing now, and counts what cannot be read without it', async () => {
    await test.vault.checkKeys(test.database, logger);
    await store('one');
    await new Vault(new SecretBox([generateMasterKey()])).checkKeys(test.database, logger);
    expect(logged).toMatchObject([{ level: 'warn', missingKeyIds: [test.box.keyId], unreadableSecrets: 1 }]);
    expect(await canaries()).toHaveLength(2);
  });

  it.each([
    ['altered', Buffer.alloc(64, 1).toString('base64')],
    ['cut short', 'AAAA'],
    ['empty', ''],
    ['no base64', '!? '.repeat(40)],
  ])('warns of a canary that is %s, starts all the same, and leaves it as it is', async (_how, box) => {
    await test.vault.checkKeys(test.database, logger);
    await test.database.write(({ manager }) => manager.update(KeyCanary, { keyId: test.box.keyId }, { box }));
    await test.vault.checkKeys(test.database, logger);
    expect(logged).toMatchObject([{ level: 'warn', keyIds: [test.box.keyId] }]);
    expect(await canaries()).toEqual([{ keyId: test.box.keyId, box }]);
  });
});

it('a sealed row that was altered or moved is not readable, and the others are', async () => {
  await store('altered');
  await store('moved');
  await store('sound');
  await test.database.write(async ({ manager }) => {
    await manager.update(Secret, { connectionId: 'altered' }, { box: Buffer.alloc(40, 7).toString('base64') });
    await manager.update(Secret, { connectionId: 'moved' }, { connectionId: 'elsewhere' });
  });
  const rows = await test.vault.list(test.database.read, ['altered', 'elsewhere', 'sound']);
  const readable = Object.fromEntries(rows.map((row) => [row.connectionId, test.vault.isReadable(row)]));
  expect(readable).toEqual({ altered: false, elsewhere: false, sound: true });
  for (const row of rows) {
    const state = test.vault.open(row, row.origin).state;
    expect(state).toBe(row.connectionId === 'sound' ? 'STORED' : 'UNREADABLE');
  }
});
