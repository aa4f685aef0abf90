import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SESSION_IDLE_MS, SESSION_MAX_MS } from '../../src/auth/sessions/session-times.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const HOUR_MS = 3_600_000;

interface OpenSocket {
  /** The code that the server closed it with; null while it is open. */
  code(): number | null;
  closed: Promise<number>;
}

/** Subscribes and waits for the first event, so that the socket is known to be open. */
async function subscribe(client: TestClient): Promise<OpenSocket> {
  const socket = client.socket();
  let code: number | null = null;
  const closed = new Promise<number>((resolve) => {
    socket.on('closed', (event) => {
      ({ code } = event as { code: number });
      resolve(code);
    });
  });
  const events = socket.iterate({ query: 'subscription { connectionStatus { kind } }' });
  expect((await events.next()).value).toMatchObject({ data: { connectionStatus: { kind: 'CHECKPOINT' } } });
  events.next().catch(() => undefined);
  return { code: () => code, closed };
}

describeOnEachDatabase('a socket whose credential ends', (kind) => {
  let app: TestApp;
  let admin: TestClient;

  beforeAll(async () => {
    app = await startTestApp({ kind });
    admin = await app.admin();
  }, 120_000);
  afterAll(() => app.close());

  const after = (ms: number) => app.app.services.credentialWatch.check(new Date(Date.now() + ms));

  async function createToken(expiresAt: Date | null): Promise<{ token: string; id: string }> {
    const { createApiToken } = await admin.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }',
      { input: { name: 'tool', scopes: ['STATUS_READ'], expiresAt: expiresAt?.toISOString() ?? null } },
    );
    return { token: createApiToken.token, id: createApiToken.apiToken.id };
  }

  it('is closed with 4401 when its token expires, and the others stay', async () => {
    const short = await subscribe(app.client((await createToken(new Date(Date.now() + HOUR_MS))).token));
    const endless = await subscribe(app.client((await createToken(null)).token));
    await after(HOUR_MS / 2);
    expect(short.code()).toBeNull();
    await after(2 * HOUR_MS);
    expect(await short.closed).toBe(4401);
    expect(endless.code()).toBeNull();
  });

  it.each([
    ['nobody used its session for 12 hours', SESSION_IDLE_MS],
    ['its session has lasted 7 days', SESSION_MAX_MS],
  ])('is closed with 4401 when %s', async (_why, ms) => {
    const socket = await subscribe(await app.client().signIn());
    await after(SESSION_IDLE_MS - HOUR_MS);
    expect(socket.code()).toBeNull();
    await after(ms + 1_000);
    expect(await socket.closed).toBe(4401);
  });

  it('is closed with 4403 at once when its token is revoked or its person signs out', async () => {
    const { token, id } = await createToken(null);
    const byToken = await subscribe(app.client(token));
    await admin.data('mutation ($id: ID!) { revokeApiToken(id: $id) }', { id });
    expect(await byToken.closed).toBe(4403);
    const browser = await app.client().signIn();
    const bySession = await subscribe(browser);
    await browser.data('mutation { signOut }');
    expect(await bySession.closed).toBe(4403);
  });
});
