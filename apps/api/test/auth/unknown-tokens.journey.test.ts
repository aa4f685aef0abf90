import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ApiToken } from '../../src/auth/tokens/api-token.entity.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const BODY = JSON.stringify({ query: '{ me { name } }' });

describeOnEachDatabase('a flood of tokens that nobody has', (kind) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ kind });
  });
  afterAll(() => app.close());

  const stranger = () => app.client(`ilm_${randomBytes(32).toString('base64url')}`);

  it('is told to wait on every route, reads the database seldom, and holds up nobody who is known', async () => {
    const made = await (
      await app.admin()
    ).data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(input: { name: "t", scopes: [MODELS_READ, CHAT] }) { token } }',
    );
    const known = app.client(made.createApiToken.token);
    expect((await known.fetch('/v1/models')).status).toBe(200);
    const read = jest.spyOn(app.app.services.database.read, 'findOneBy');
    const begun = performance.now();
    const statuses: number[] = [];
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => stranger().fetch('/v1/models')));
      for (const answer of answers) {
        statuses.push(answer.status);
        await answer.text();
      }
    }
    const allowed = 200 + (10 * (performance.now() - begun)) / 1_000;
    expect(statuses.length).toBe(500);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(allowed);
    expect(read.mock.calls.filter(([entity]) => entity === ApiToken).length).toBeLessThanOrEqual(allowed);

    // A look-up that came back meanwhile may answer one with 401.
    const seen = new Map<string, number>();
    const isGraphql = { method: 'POST', body: BODY, headers: { 'content-type': 'application/json' } };
    const routes: [string, RequestInit][] = [
      ['/v1/models', {}],
      ['/api/tags', {}],
      ['/v1/chat/completions', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
      ['/graphql', isGraphql],
    ];
    for (const [route, init] of routes) {
      for (let attempt = 0; attempt < 40 && !seen.has(route); attempt += 1) {
        const answer = await stranger().fetch(route, init);
        const text = await answer.text();
        if (answer.status !== 429) continue;
        seen.set(route, Number(answer.headers.get('retry-after')));
        expect(text).toMatch(/Too many unknown credentials/);
      }
    }
    expect([...seen]).toEqual(routes.map(([route]) => [route, 1]));
    expect(app.log()).toContain('too many unknown credentials');

    // Longer ago than it is remembered for: it is looked up again, flood or not.
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 6_000);
    read.mockClear();
    await Promise.all(Array.from({ length: 300 }, async () => (await stranger().fetch('/v1/models')).text()));
    expect((await known.fetch('/v1/models')).status).toBe(200);
    jest.restoreAllMocks();
  }, 60_000);
});
