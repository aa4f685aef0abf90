import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';

let app: TestApp;
let admin: TestClient;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
}, 120_000);
afterAll(() => app.close());

/** A socket by hand: it sends what it is told and collects what comes. */
class RawSocket {
  readonly #wire: WebSocket;
  readonly #seen: string[] = [];
  readonly closed: Promise<number>;

  constructor(headers: Record<string, string>) {
    this.#wire = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    this.#wire.on('message', (data: Buffer) => this.#seen.push(data.toString()));
    this.closed = once(this.#wire, 'close').then(([code]) => code as number);
  }

  async opened(): Promise<this> {
    await once(this.#wire, 'open');
    return this;
  }

  send(message: object): this {
    return this.sendText(JSON.stringify(message));
  }

  sendText(text: string): this {
    this.#wire.send(text);
    return this;
  }

  /** The first message of that type. */
  async got(type: string): Promise<object> {
    for (;;) {
      const found = this.#seen.map((text) => JSON.parse(text) as { type: string }).find((one) => one.type === type);
      if (found !== undefined) return found;
      await once(this.#wire, 'message');
    }
  }

  pause(): void {
    this.#wire.pause();
  }

  resume(): void {
    this.#wire.resume();
  }

  end(): void {
    this.#wire.terminate();
  }
}

const open = (headers: Record<string, string> = admin.headers()) => new RawSocket(headers).opened();
/** What a subscription is refused with. */
async function refusal(query: string, variables: object = {}) {
  const socket = (await open()).send({ type: 'connection_init' });
  await socket.got('connection_ack');
  socket.send({ id: '1', type: 'subscribe', payload: { query, variables } });
  const answer = await Promise.race([socket.got('error'), socket.got('next'), socket.closed]);
  socket.end();
  return answer;
}

describe('a socket', () => {
  it('whose client sends and does not read is closed, also before it said who it is', async () => {
    const socket = await open({});
    socket.pause();
    const text = 'x'.repeat(60_000);
    for (let round = 0; round < 600; round += 1) {
      socket.send({ type: 'ping', payload: { text } });
      if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    socket.resume();
    expect(await socket.closed).toBe(1013);
  });

  it.each([42, {}, '', false])(
    'does not fall back to its cookie where the authorization given is %j',
    async (given) => {
      const socket = (await open()).send({ type: 'connection_init', payload: { authorization: given } });
      expect(await socket.closed).toBe(4401);
    },
  );

  it('is told what is wrong with a subscription whose field can be left out', async () => {
    for (const query of [
      'subscription { connectionStatus @skip(if: true) { kind } }',
      'subscription { ...f @include(if: false) } fragment f on Subscription { connectionStatus { kind } }',
      'subscription { ...f } fragment f on Subscription { connectionStatus @skip(if: true) { kind } }',
    ]) {
      expect(await refusal(query)).toMatchObject({
        type: 'error',
        payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      });
    }
  });

  it('does not mind variables that nobody declared, nested without end', async () => {
    const socket = (await open()).send({ type: 'connection_init' });
    await socket.got('connection_ack');
    const nested = '['.repeat(20_000) + ']'.repeat(20_000);
    const query = 'subscription { connectionStatus { kind } }';
    socket.sendText(`{"id":"1","type":"subscribe","payload":{"query":"${query}","variables":{"x":${nested}}}}`);
    expect(await Promise.race([socket.got('next'), socket.closed])).toMatchObject({
      payload: { data: { connectionStatus: { kind: 'CHECKPOINT' } } },
    });
    socket.end();
  });

  it('is told codes, fields and no values, as over HTTP', async () => {
    expect(await refusal('subscription {')).toMatchObject({
      payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
    });
    const query = 'subscription ($ids: [ID!]) { connectionStatus(ids: $ids) { kind } }';
    const answer = await refusal(query, { ids: [{ secret: 'sk-secret' }] });
    expect(answer).toMatchObject({
      type: 'next',
      payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'ids.0' } }] },
    });
    expect(JSON.stringify(answer)).not.toContain('sk-secret');
  });
});
