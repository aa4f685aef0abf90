import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { User } from '../../src/auth/people/user.entity.js';
import { Session } from '../../src/auth/sessions/session.entity.js';
import { ApiToken } from '../../src/auth/tokens/api-token.entity.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const ACCOUNT = { name: 'Ben', email: 'ben@example.org', password: 'a member’s password' };

describeOnEachDatabase('a credential that another process ended a moment ago', (kind) => {
  let app: TestApp;
  let member: TestClient;
  let token: string;

  beforeAll(async () => {
    app = await startTestApp({ kind });
    await (
      await app.admin()
    ).data(
      'mutation ($name: String!, $email: String!, $password: String!) { createUser(name: $name, email: $email, password: $password, role: MEMBER) { id } }',
      ACCOUNT,
    );
    member = await app.client().signIn(ACCOUNT);
    const made = await member.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(input: { name: "t", scopes: [CHAT] }) { token } }',
    );
    token = made.createApiToken.token;
  });
  afterAll(() => app.close());

  it('is answered with 401 where the account is needed, and never as if nobody had asked', async () => {
    const program = app.client(token);
    for (const client of [member, program]) expect((await client.graphql('{ me { name } }')).status).toBe(200);
    // As another process does it: nobody here is told, and both credentials are remembered for a moment.
    await app.app.services.database.write(async ({ manager }) => {
      const user = await manager.findOneByOrFail(User, { name: 'Ben' });
      await manager.delete(ApiToken, { ownerId: user.id });
      await manager.delete(Session, { userId: user.id });
      await manager.delete(User, { id: user.id });
    });
    const CREATE = 'mutation { createApiToken(input: { name: "t", scopes: [CHAT] }) { token } }';
    for (const [client, document] of [
      [member, '{ me { name } }'],
      [program, '{ me { name } }'],
      [member, CREATE],
      [program, CREATE],
      [member, 'mutation { reauthenticate(password: "a member’s password") { validUntil } }'],
      [member, 'mutation { changePassword(current: "a member’s password", new: "another password") }'],
    ] as const) {
      const { status, errors } = await client.graphql(document);
      expect([document, status, errors?.[0]?.extensions.code]).toEqual([document, 401, 'UNAUTHENTICATED']);
    }
  });
});
