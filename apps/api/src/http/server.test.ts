import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anonymous, type Actor, type Origin } from '../auth/actor.js';
import type { PresentedCredentials } from '../auth/credentials/credentials.js';
import type { Scope } from '../auth/scope.js';
import { unauthenticated, unavailable } from '../errors.js';
import { createLogger } from '../log/logger.js';
import { route } from './gate/gate-hook.js';
import { createMetrics } from './metrics.js';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './server.js';
import { sessionCookie } from './session-cookie.js';

const SCRIPT = 'export {};'.repeat(100);

/** Knows the token "good" with one scope, and the session "mine". */
const credentials = {
  recall: () => null,
  authenticate: ({ authorization, sessionToken }: PresentedCredentials, origin: Origin): Promise<Actor> => {
    if (authorization === undefined && sessionToken === undefined) return Promise.resolve(anonymous(origin));
    if (authorization !== undefined && authorization !== 'Bearer good')
      return Promise.reject(unauthenticated('no such token'));
    if (authorization === undefined && sessionToken !== 'mine')
      return Promise.reject(unauthenticated('no such session'));
    const scopes = new Set<Scope>(['STATUS_READ']);
    return Promise.resolve({
      type: 'person',
      userId: 'u',
      sessionId: 's',
      label: 'Ada',
      scopes,
      authenticatedAt: new Date(),
      ...origin,
    });
  },
};

describe('the HTTP server', () => {
  let folder: string;
  let server: HttpServer;
  let logLines: string[];
  let base: string;
  let ready: () => Promise<void>;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-admin-'));
    mkdirSync(path.join(folder, 'assets'));
    writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>IntraLLM</title>');
    writeFileSync(path.join(folder, 'favicon.svg'), '<svg/>');
    writeFileSync(path.join(folder, 'assets/main-abc123.js'), SCRIPT);
    writeFileSync(path.join(folder, 'assets/main-abc123.js.map'), '{}');
    logLines = [];
    ready = () => Promise.resolve();
  });
  afterEach(async () => {
    await server.close(100);
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(options: Partial<HttpServerOptions> = {}, publicUrl: string | null = null): Promise<void> {
    server = await createHttpServer({
      config: { publicUrl, trustedProxies: [] },
      logger: createLogger({ level: 'debug', destination: { write: (line: string) => void logLines.push(line) } }),
      credentials,
      metrics: createMetrics(),
      checkReady: () => ready(),
      adminFiles: folder,
      ...options,
    });
    const { app } = server;
    route(app, {
      method: 'GET',
      url: '/for-status',
      access: { needs: 'STATUS_READ' },
      handler: (request) => ({ who: request.actor.type }),
    });
    route(app, {
      method: 'POST',
      url: '/for-status',
      access: { needs: 'STATUS_READ' },
      handler: () => ({ done: true }),
    });
    route(app, { method: 'GET', url: '/for-auditors', access: { needs: 'AUDIT_READ' }, handler: () => 'never' });
    route(app, {
      method: 'POST',
      url: '/for-anybody',
      access: { needs: 'ANYBODY' },
      identify: true,
      handler: (request, reply) => {
        sessionCookie(reply, { secure: server.isSecure(request.raw), basePath: '' }).set(
          'value',
          new Date('2030-01-01T00:00:00Z'),
        );
        return { who: request.actor.type };
      },
    });
    route(app, {
      method: 'GET',
      url: '/broken',
      access: { needs: 'ANYBODY' },
      handler: () => {
        throw new Error('a detail that is nobody’s business');
      },
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  }

  const errorOf = async (response: Response) =>
    ((await response.json()) as { error: { code: string; requestId: string } }).error;
  const cookie = (value: string) => ({ cookie: `other=1; intrallm_session=${value}` });

  describe('access', () => {
    it('refuses to register a route that does not say who may use it', async () => {
      await start();
      const silent = await createHttpServer({
        config: { publicUrl: null, trustedProxies: [] },
        logger: createLogger({ level: 'silent' }),
        credentials,
        metrics: createMetrics(),
        checkReady: ready,
        adminFiles: null,
      });
      expect(() => silent.app.get('/open', () => 'x')).toThrow('GET /open does not state who may use it');
      await silent.close();
    });

    it('lists every route with its access, HEAD routes too', async () => {
      await start();
      expect(server.routes).toEqual(
        expect.arrayContaining([
          { method: 'GET', url: '/healthz', access: { needs: 'ANYBODY' } },
          { method: 'GET', url: '/metrics', access: { needs: 'STATUS_READ' } },
          { method: 'HEAD', url: '/for-auditors', access: { needs: 'AUDIT_READ' } },
          { method: 'POST', url: '/for-anybody', access: { needs: 'ANYBODY' } },
        ]),
      );
    });

    it('lets in who may, and tells the others why not', async () => {
      await start();
      const get = (url: string, headers: Record<string, string> = {}) => fetch(base + url, { headers });
      expect((await get('/for-status', { authorization: 'Bearer good' })).status).toBe(200);
      expect((await get('/for-status', cookie('mine'))).status).toBe(200);
      const nobody = await get('/for-status');
      expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect((await get('/for-status', { authorization: 'Bearer bad', ...cookie('mine') })).status).toBe(401);
      const member = await get('/for-auditors', { authorization: 'Bearer good' });
      expect([member.status, (await errorOf(member)).code]).toEqual([403, 'FORBIDDEN']);
    });

    it('takes changes by cookie from our own pages only; a token needs no Origin', async () => {
      await start();
      const post = (headers: Record<string, string>) => fetch(`${base}/for-status`, { method: 'POST', headers });
      expect((await post({ ...cookie('mine'), origin: base })).status).toBe(200);
      expect((await post({ ...cookie('mine'), origin: 'http://127.0.0.1:1' })).status).toBe(403);
      expect((await post({ ...cookie('mine'), origin: 'null' })).status).toBe(403);
      const program = await errorOf(await post(cookie('mine')));
      expect(program).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('Programs use an API token.'),
      });
      expect((await post({ authorization: 'Bearer good', origin: 'https://elsewhere.example' })).status).toBe(200);
    });

    it('clears a cookie that is not valid any more, so that its browser can sign in', async () => {
      await start();
      const response = await fetch(`${base}/for-status`, { headers: cookie('over') });
      expect(response.status).toBe(401);
      expect(response.headers.get('set-cookie')).toBe(
        'intrallm_session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Strict',
      );
      const byToken = await fetch(`${base}/for-status`, {
        headers: { ...cookie('mine'), authorization: 'Bearer bad' },
      });
      expect(byToken.headers.get('set-cookie')).toBeNull();
    });

    it('identifies on routes for anybody that ask for it, and sets the cookie', async () => {
      await start({}, 'https://models.example.com');
      const response = await fetch(`${base}/for-anybody`, {
        method: 'POST',
        headers: { authorization: 'Bearer good' },
      });
      expect(await response.json()).toEqual({ who: 'person' });
      expect(response.headers.get('set-cookie')).toBe(
        'intrallm_session=value; Expires=Tue, 01 Jan 2030 00:00:00 GMT; Path=/; HttpOnly; SameSite=Strict; Secure',
      );
    });
  });

  describe('answers', () => {
    it('hide what is unknown behind the id of the request, which the log has too', async () => {
      await start();
      const response = await fetch(`${base}/broken`);
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(text).not.toContain('business');
      const id = response.headers.get('x-request-id') ?? '';
      expect(text).toContain(id);
      expect(logLines.some((line) => line.includes(id) && line.includes('business'))).toBe(true);
    });

    it('carry the security headers, and HSTS behind https only', async () => {
      await start();
      const { headers } = await fetch(`${base}/`, { headers: { accept: 'text/html' } });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self' 'unsafe-inline'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toBeNull();
      await server.close();
      await start({}, 'https://models.example.com');
      expect((await fetch(`${base}/healthz`)).headers.get('strict-transport-security')).toBe('max-age=31536000');
    });

    it('have the same shape and headers where the path cannot be decoded', async () => {
      await start();
      const response = await fetch(`${base}/%ff`);
      const { error } = (await response.json()) as { error: { code: string; requestId: string } };
      expect([response.status, error.code]).toEqual([400, 'BAD_USER_INPUT']);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('x-request-id')).toBe(error.requestId);
    });

    it('take the request id of a trusted proxy and of nobody else', async () => {
      await start();
      const headers = { 'x-request-id': 'from-outside' };
      expect((await fetch(`${base}/healthz`, { headers })).headers.get('x-request-id')).not.toBe('from-outside');
      await server.close();
      await start({ config: { publicUrl: null, trustedProxies: ['127.0.0.1'] } });
      expect((await fetch(`${base}/healthz`, { headers })).headers.get('x-request-id')).toBe('from-outside');
    });

    it('refuse a body over the limit with 413', async () => {
      await start();
      const body = JSON.stringify({ filler: 'x'.repeat(1024 * 1024) });
      const headers = { authorization: 'Bearer good', 'content-type': 'application/json' };
      const response = await fetch(`${base}/for-status`, { method: 'POST', headers, body });
      expect([response.status, (await errorOf(response)).code]).toEqual([413, 'BODY_TOO_LARGE']);
    });
  });

  describe('the log', () => {
    it('has one line for a request, without query, headers or cookies', async () => {
      await start();
      await fetch(`${base}/for-status?token=hidden-in-query`, {
        headers: { authorization: 'Bearer good', ...cookie('hidden-cookie') },
      });
      await server.close();
      const lines = logLines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line['msg'] === 'request');
      expect(lines).toMatchObject([{ method: 'GET', path: '/for-status', status: 200, ip: '127.0.0.1' }]);
      expect(logLines.join('')).not.toMatch(/hidden-|Bearer/);
    });

    it('has no password of a request line that holds a whole URL', async () => {
      await start();
      const { host, port } = new URL(base);
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `GET http://ada:hidden-word@${host}/healthz-not HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      socket.resume();
      await once(socket, 'close');
      await server.close();
      expect(logLines.join('')).toContain('"path":"/healthz-not"');
      expect(logLines.join('')).not.toMatch(/hidden-word/);
    });
  });

  describe('health and metrics', () => {
    it('says alive whatever happens, and ready while the database answers', async () => {
      await start();
      expect((await fetch(`${base}/readyz`)).status).toBe(200);
      ready = () => Promise.reject(unavailable('The database cannot be reached right now.'));
      const response = await fetch(`${base}/readyz`);
      expect([response.status, (await errorOf(response)).code]).toEqual([503, 'UNAVAILABLE']);
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
    });

    it('is not ready when the database does not answer in time', async () => {
      await start();
      ready = () => new Promise(() => undefined);
      expect((await fetch(`${base}/readyz`)).status).toBe(503);
    });

    it('shows metrics to this machine where no proxy can stand between', async () => {
      await start();
      await fetch(`${base}/healthz`);
      const response = await fetch(`${base}/metrics`);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(
        'intrallm_http_request_duration_seconds_count{method="GET",route="/healthz",status="200"} 1',
      );
      expect((await fetch(`${base}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(401);
    });

    it('shows metrics for STATUS_READ alone once browsers come by a public URL', async () => {
      await start({}, 'https://models.example.com');
      expect((await fetch(`${base}/metrics`)).status).toBe(401);
      expect((await fetch(`${base}/metrics`, { headers: { authorization: 'Bearer good' } })).status).toBe(200);
    });
  });

  describe('the admin app', () => {
    const html = { headers: { accept: 'text/html,application/xhtml+xml' } };

    it.each(['/', '/connections', '/set-up', '/some/deep/page', '/index.html'])(
      'gives its page for a navigation to %s',
      async (url) => {
        await start();
        const response = await fetch(base + url, html);
        expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-cache']);
        expect(await response.text()).toContain('<title>IntraLLM</title>');
      },
    );

    it('gives its page at / to everybody, as a probe or a monitor asks', async () => {
      await start();
      const response = await fetch(`${base}/`, { headers: { accept: '*/*' } });
      expect([response.status, await response.text()]).toEqual([200, '<!doctype html><title>IntraLLM</title>']);
      expect((await fetch(`${base}/connections`, { headers: { accept: '*/*' } })).status).toBe(404);
    });

    it('lets browsers keep files with a hash for ever, and asks again for the others', async () => {
      await start();
      const hashed = await fetch(`${base}/assets/main-abc123.js`);
      expect([hashed.status, hashed.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ]);
      expect(hashed.headers.get('content-type')).toContain('javascript');
      expect((await fetch(`${base}/favicon.svg`)).headers.get('cache-control')).toBe('no-cache');
    });

    it.each(['/assets/gone-abc.js', '/assets/main-abc123.js.map', '/v1/unknown', '/api/unknown', '/graphql/unknown'])(
      'answers 404 as JSON for %s, also to a browser',
      async (url) => {
        await start();
        const response = await fetch(base + url, html);
        expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
        expect((await errorOf(response)).code).toBe('NOT_FOUND');
      },
    );

    it.each(['/..%2f..%2fetc%2fpasswd', '/../../etc/passwd', '/assets/../../secret'])(
      'reaches no file outside by %s',
      async (url) => {
        await start();
        const { port } = new URL(base);
        const request = httpRequest({ port, host: '127.0.0.1', path: url }).end();
        const [response] = (await once(request, 'response')) as [IncomingMessage];
        response.resume();
        expect(response.statusCode).toBe(404);
      },
    );

    it('answers 404 as JSON to whoever does not navigate', async () => {
      await start();
      expect((await fetch(`${base}/connections`, { headers: { accept: 'application/json' } })).status).toBe(404);
      expect((await fetch(`${base}/connections`, { method: 'POST', ...html })).status).toBe(404);
    });
  });

  describe('bounds', () => {
    it('cuts a client that sends its headers too slowly', async () => {
      await start({ timeouts: { headersMs: 200, requestMs: 400 } });
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
      await once(socket, 'close');
      expect(answer).toContain('408');
    });

    it('refuses headers over 16 KB', async () => {
      await start();
      const response = await fetch(`${base}/healthz`, { headers: { 'x-filler': 'x'.repeat(17 * 1024) } });
      expect(response.status).toBe(431);
    });
  });

  describe('closing', () => {
    it('lets a request under way finish, and accepts no further connection', async () => {
      await start();
      let answerNow = (): void => undefined;
      const arrived = new Promise<void>((resolve) => {
        ready = () =>
          new Promise((answer) => {
            answerNow = answer;
            resolve();
          });
      });
      const underWay = fetch(`${base}/readyz`);
      await arrived;
      const closed = server.close(10_000);
      answerNow();
      expect((await underWay).status).toBe(200);
      await closed;
      await expect(fetch(`${base}/healthz`)).rejects.toThrow();
    });

    it('cuts what is still under way after the deadline', async () => {
      await start();
      const arrived = new Promise<void>((resolve) => {
        ready = () => {
          resolve();
          return new Promise(() => undefined);
        };
      });
      const { port } = new URL(base);
      const request = httpRequest({ port, host: '127.0.0.1', path: '/readyz' });
      const outcome = Promise.race([
        once(request, 'error').then(() => 'cut'),
        once(request, 'response').then(([response]) => `answered ${(response as IncomingMessage).statusCode}`),
      ]);
      request.end();
      await arrived;
      await server.close(50);
      await expect(outcome).resolves.toBe('cut');
    });
  });
});
