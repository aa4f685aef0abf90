import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';

describeOnEachDatabase('a query that is asked again', (kind) => {
  let app: TestApp;
  let admin: TestClient;

  beforeAll(async () => {
    app = await startTestApp({ kind });
    admin = await app.admin();
  }, 120_000);
  afterAll(() => app.close());

  /** Status, every header that is not the request's own, and text. */
  async function ask(client: TestClient, query: string, headers: Record<string, string>) {
    const response = await client.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    const own = ['date', 'x-request-id'];
    const others = [...response.headers].filter(([name]) => !own.includes(name)).sort();
    return { status: response.status, headers: others, text: await response.text() };
  }

  it.each([
    '*/*',
    'application/json',
    'application/graphql-response+json,application/json;q=0.9',
    'text/html',
    'constructor',
  ])('has the same answer, header by header, where %s is accepted', async (accept) => {
    const query = `{ connections { name } } # ${accept}`;
    const first = await ask(admin, query, { accept });
    expect(await ask(admin, query, { accept })).toEqual(first);
    // Apollo has seen the document by now, whatever it thought of the header.
    const other = await ask(admin, query, { accept: 'application/json;q=1' });
    expect(other.status).toBe(200);
    expect(await ask(admin, query, { accept })).toEqual(first);
  });

  it('shows a change that was made by the time its mutation was answered', async () => {
    const query = '{ connections { name } }';
    for (const name of ['one', 'two', 'three']) {
      await ask(admin, query, {});
      await admin.data(ADD, { input: { kind: 'OPENAI', url: 'http://127.0.0.1:9', name, enabled: false } });
      expect((await ask(admin, query, {})).text).toContain(`"${name}"`);
    }
  });

  it('is no subscription: those are told where they are served', async () => {
    const { message, extensions } = await admin.error('subscription { connectionStatus { kind } }');
    expect([extensions.code, message]).toEqual(['BAD_USER_INPUT', expect.stringContaining('WebSocket')]);
    expect(extensions.requestId).toBeTruthy();
  });

  it('is refused to who signed out, to nobody in particular, to another origin and as a form', async () => {
    const query = '{ connections { name } }';
    const other = await app.admin();
    const { text } = await ask(other, query, {});
    expect(text).toContain('"one"');
    const form = await ask(other, query, { 'content-type': 'text/plain' });
    expect(form.status).toBeGreaterThanOrEqual(400);
    expect(form.text).not.toContain('"one"');
    const foreign = await ask(other, query, { origin: 'http://elsewhere.example' });
    expect(foreign.text).not.toContain('"one"');
    expect((await ask(app.client(), query, {})).text).toContain('UNAUTHENTICATED');
    const { cookie } = other;
    await other.data('mutation { signOut }');
    other.cookie = cookie;
    expect((await ask(other, query, {})).text).toContain('UNAUTHENTICATED');
  });
});
