import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { buildSchema } from 'graphql';
import { User } from '../../src/auth/people/user.entity.js';
import { Session } from '../../src/auth/sessions/session.entity.js';
import { ApiToken } from '../../src/auth/tokens/api-token.entity.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';
import { sampleOperation } from '../support/sample-operation.js';

const schema = buildSchema(
  readFileSync(new URL('../../../../packages/schema/schema.graphql', import.meta.url), 'utf8'),
);
const OPERATIONS = [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => sampleOperation('query', field)),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => sampleOperation('mutation', field)),
];
const MADE = { name: 'Ben', email: 'ben@example.org', password: 'a member’s password' };
const CREATE =
  'mutation ($name: String!, $email: String!, $password: String!) { createUser(name: $name, email: $email, password: $password, role: ADMIN) { id } }';
const TOKEN =
  'mutation { createApiToken(input: { name: "t", scopes: [CHAT, MODELS_READ, STATUS_READ, CONNECTIONS_READ, CONNECTIONS_WRITE, USERS_WRITE, TOKENS_WRITE, USAGE_READ, AUDIT_READ] }) { token apiToken { id } } }';

describeOnEachDatabase('a credential that has ended', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let person: string;

  beforeAll(async () => {
    app = await startTestApp({ kind });
    admin = await app.admin();
  });
  afterAll(() => app.close());

  /** An administrator besides, with a browser and a program that are both known here. */
  const newPerson = async () => {
    ({
      createUser: { id: person },
    } = await admin.data<{ createUser: { id: string } }>(CREATE, MADE));
    const browser = await app.client().signIn(MADE);
    const made = await browser.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(TOKEN);
    const program = app.client(made.createApiToken.token);
    for (const client of [browser, program])
      expect(await client.data('{ me { name } }')).toEqual({ me: { name: 'Ben' } });
    return { browser, program, tokenId: made.createApiToken.apiToken.id };
  };
  const removePerson = async () => {
    await admin.signIn();
    await admin.data('mutation ($id: ID!) { removeUser(id: $id) }', { id: person });
  };
  /** A browser drops the cookie that the answer clears; here it goes on with it. */
  const answerTo = async (client: TestClient, cookie: string | null, operation: string) => {
    client.cookie = cookie;
    const { status, data, errors } = await client.graphql(operation);
    return { operation, status, code: errors?.[0]?.extensions.code, data };
  };
  const refusal = (operation: string) => ({ operation, status: 401, code: 'UNAUTHENTICATED', data: undefined });

  it('is 401 for every operation: a session and a token that were ended, and those of a person who was removed', async () => {
    expect(OPERATIONS.length).toBeGreaterThan(30);
    const { browser, program, tokenId } = await newPerson();
    const other = await app.client().signIn(MADE);
    const [cookie, otherCookie] = [browser.cookie, other.cookie];
    await browser.data('mutation ($id: ID!) { revokeApiToken(id: $id) }', { id: tokenId });
    const remaining = await browser.data<{ createApiToken: { token: string } }>(TOKEN);
    await browser.data('mutation { signOut }');
    for (const operation of OPERATIONS) {
      expect(await answerTo(program, null, operation)).toEqual(refusal(operation));
      expect(await answerTo(browser, cookie, operation)).toEqual(refusal(operation));
    }
    await removePerson();
    const last = app.client(remaining.createApiToken.token);
    for (const operation of OPERATIONS) {
      expect(await answerTo(last, null, operation)).toEqual(refusal(operation));
      expect(await answerTo(other, otherCookie, operation)).toEqual(refusal(operation));
    }
  }, 60_000);

  it('changes nothing more, and is never told as something that is not there, where it ends between who asks and what is asked for', async () => {
    const { browser, program } = await newPerson();
    const cookie = browser.cookie;
    const { database } = app.app.services;
    // As another process does it: both are remembered here for a moment, which is made long.
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now);
    await database.write(async ({ manager }) => {
      await manager.delete(ApiToken, { ownerId: person });
      await manager.delete(Session, { userId: person });
      await manager.delete(User, { id: person });
    });
    const odd = [];
    for (const operation of OPERATIONS) {
      for (const client of [browser, program]) {
        const answer = await answerTo(client, client === browser ? cookie : null, operation);
        const { code = '', status, data } = answer;
        if (['NOT_FOUND', 'CONFLICT', 'INTERNAL'].includes(code) || (data as { me?: null } | null)?.me === null)
          odd.push(answer);
        // What it could still read for a moment it cannot change.
        if (operation.startsWith('mutation') && (status !== 401 || code !== 'UNAUTHENTICATED')) odd.push(answer);
        // What is asked about oneself says that one is not there any more.
        const isAboutOneself = / (me|sessions|reauthenticate|changePassword|revokeSession)\b/.test(operation);
        if (client === browser && isAboutOneself && status !== 401 && code !== 'BAD_USER_INPUT') odd.push(answer);
      }
    }
    jest.restoreAllMocks();
    expect(odd).toEqual([]);
  }, 60_000);
});
