import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { admin, discovered, openWorkspace, refusal, type Workspace } from '../../test/support/workspace.js';
import { Secret } from '../secrets/secret.entity.js';
import { RESTORABLE_MS } from './connection-removal.service.js';

const KEY = 'sk-test-1234567890abcdef';
let workspace: Workspace;

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(() => workspace.close());

const later = (ms: number) => new Date(Date.now() + ms);

it('a removed connection is out of sight at once, and its name is free', async () => {
  const { id } = await workspace.link({ name: 'One', apiKey: KEY });
  const head = await workspace.head();
  await workspace.removal.remove(admin(), id);
  expect(await workspace.connections.find(id)).toBeNull();
  expect(await workspace.connections.list()).toEqual([]);
  expect((await workspace.eventsSince(head)).at(-1)).toMatchObject({
    type: 'connection.removed',
    payload: { status: null },
  });
  expect((await workspace.auditEntries()).at(-1)).toMatchObject({ action: 'connection.removed', target: 'One' });
  expect((await workspace.link({ name: 'one' })).name).toBe('one');
  expect((await refusal(workspace.removal.remove(admin(), id))).code).toBe('NOT_FOUND');
});

it('a stale version is not removed', async () => {
  const { id } = await workspace.link();
  expect((await refusal(workspace.removal.remove(admin(), id, 9))).details.currentVersion).toBe(1);
});

it('a connection comes back as it was, with its key, its models and a check that is due', async () => {
  const before = await workspace.link({ apiKey: KEY, tags: ['a'] });
  await workspace.discover(before, [discovered('a')]);
  await workspace.removal.remove(admin(), before.id);
  expect(await workspace.models.list(admin())).toEqual([]);
  await workspace.removal.purgeRemoved(later(RESTORABLE_MS - 5_000));
  const restored = await workspace.removal.restore(admin(), before.id);
  expect(restored).toEqual(await workspace.connections.find(before.id));
  expect({ ...restored }).toEqual({ ...before });
  expect(await workspace.opener.open(restored)).toMatchObject({ endpoint: { apiKey: KEY } });
  expect(await workspace.models.list(admin())).toHaveLength(1);
  expect(await workspace.health(before.id)).toMatchObject({ status: 'UNKNOWN' });
  expect((await workspace.health(before.id))?.nextCheckAt).not.toBeNull();
});

it('a connection whose name was taken meanwhile does not come back', async () => {
  const { id } = await workspace.link({ name: 'One' });
  await workspace.removal.remove(admin(), id);
  const other = await workspace.link({ name: 'One' });
  const error = await refusal(workspace.removal.restore(admin(), id));
  expect([error.code, error.details.existingId]).toEqual(['CONFLICT', other.id]);
});

it('secrets are destroyed after 60 s, once, and the connection cannot come back', async () => {
  const { id } = await workspace.link({ apiKey: KEY, headers: [{ name: 'X-Token', value: 'token-value' }] });
  await workspace.removal.remove(admin(), id);
  await workspace.removal.purgeRemoved(later(RESTORABLE_MS - 5_000));
  expect(await workspace.database.read.countBy(Secret, { connectionId: id })).toBe(2);
  expect(await workspace.removal.purgeRemoved(later(RESTORABLE_MS + 1))).toBe(1);
  expect(await workspace.database.read.countBy(Secret, { connectionId: id })).toBe(0);
  const row = await workspace.row(id);
  expect(row?.apiKeyPreview).toBeNull();
  expect((await workspace.auditEntries()).at(-1)).toMatchObject({
    action: 'connection.secretsDestroyed',
    actor: 'retention',
  });
  expect(await workspace.removal.purgeRemoved(later(2 * RESTORABLE_MS))).toBe(0);
  // The clock of a restore is the write's own: the row says when it was removed.
  await workspace.database.write(({ manager }) =>
    manager.query('UPDATE "connection" SET "removedAt" = $1 WHERE "id" = $2'.replace(/\$\d/g, '?'), [
      later(-RESTORABLE_MS).toISOString(),
      id,
    ]),
  );
  expect((await refusal(workspace.removal.restore(admin(), id))).code).toBe('NOT_FOUND');
});
