import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLIENT, openAccounts, PASSWORD, setUpToken, type Accounts } from '../../../test/support/accounts.js';
import { AuditEntry } from '../../audit/audit-entry.entity.js';
import { hashToken } from '../tokens/secret-token.js';

const URL_OF_APP = 'https://models.example.com';

describe('SetUp by link', () => {
  let accounts: Accounts;

  beforeEach(async () => {
    accounts = await openAccounts();
    await accounts.setUp.begin(URL_OF_APP);
  });
  afterEach(() => accounts.close());

  const complete = (token: string, email = 'ada@example.com') =>
    accounts.setUp.complete({ token, name: 'Ada', email, password: PASSWORD }, CLIENT);

  it('prints a link with its token in the fragment, makes the first admin, and is over', async () => {
    expect(accounts.logLines.join('')).toContain(`${URL_OF_APP}/set-up#`);
    const token = setUpToken(accounts.logLines);
    const { actor } = await complete(token);
    expect(actor.scopes.has('USERS_WRITE')).toBe(true);
    await expect(accounts.setUp.isNeeded()).resolves.toBe(false);
    await expect(complete(token, 'eve@example.com')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(JSON.stringify(await accounts.database.read.find(AuditEntry))).not.toContain(hashToken(token));
  });

  it('makes one admin of two set-ups at once', async () => {
    const token = setUpToken(accounts.logLines);
    const outcomes = await Promise.allSettled([complete(token), complete(token, 'eve@example.com')]);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find((outcome) => outcome.status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } });
    await expect(accounts.users.list()).resolves.toHaveLength(1);
  });

  it('takes no other token, and only the newest link works', async () => {
    const first = setUpToken(accounts.logLines);
    await accounts.setUp.begin(URL_OF_APP);
    for (const token of ['', 'guess', first]) {
      await expect(complete(token)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    }
    await expect(complete(setUpToken(accounts.logLines))).resolves.toBeDefined();
  });

  it('stays open after wrong input', async () => {
    const token = setUpToken(accounts.logLines);
    await expect(complete(token, 'no address')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'email' },
    });
    await expect(complete(token)).resolves.toBeDefined();
  });
});

describe('SetUp from the settings', () => {
  it('creates the first admin once and prints no link', async () => {
    const accounts = await openAccounts({ email: 'ops@example.com', password: PASSWORD });
    try {
      await accounts.setUp.begin(URL_OF_APP);
      await accounts.setUp.begin(URL_OF_APP);
      await expect(accounts.users.list()).resolves.toMatchObject([{ email: 'ops@example.com', role: 'ADMIN' }]);
      await expect(accounts.signIn('ops@example.com')).resolves.toBeDefined();
      expect(accounts.logLines.join('')).not.toMatch(/set-up#|correct horse/);
    } finally {
      await accounts.close();
    }
  });
});
