import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { TestClient } from '../support/app.js';
import { startWatchedProduct, type Product } from '../support/product.js';

/** A name that the endpoint of the chats serves. */
export const MODEL = 'guarded-model';

const ADMIN = { email: 'admin@example.org', password: 'correct horse battery' };
const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const CHECKED = 'query ($id: ID!) { connection(id: $id) { health { checkedAt checking } } }';
const ONLY_WHEN_ASKED = '3600';

/** An endpoint of the test's own: its list of models, and its answer to everything else, are what a case sets. */
interface DearEndpoint {
  readonly url: string;
  list: Buffer;
  answer: RequestListener;
}

/** The watched product with what the table of dear inputs sends it, and a token that may do everything a member may. */
export interface GuardedWorld {
  readonly url: string;
  readonly admin: TestClient;
  readonly member: TestClient;
  readonly stranger: TestClient;
  readonly chats: DearEndpoint;
  readonly lists: DearEndpoint;
  longestStretch(during: () => Promise<unknown>): Promise<number>;
  /** Sends a body as a program does and reads the whole answer; its status. */
  post(path: string, body: string | Buffer, headers?: Record<string, string>): Promise<number>;
  get(path: string): Promise<number>;
  /** Has the endpoint of the lists checked, and waits until what it listed is stored. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export async function startGuardedWorld(dataDirectory: string): Promise<GuardedWorld> {
  const servers: { close(): Promise<void> }[] = [];
  const chats = await startEndpoint(servers, namesList([MODEL]));
  const lists = await startEndpoint(servers, namesList(numbered(5_000)));
  const product = await startWatchedProduct({
    INTRALLM_DATA: dataDirectory,
    INTRALLM_ADMIN_EMAIL: ADMIN.email,
    INTRALLM_ADMIN_PASSWORD: ADMIN.password,
    INTRALLM_CHECK_SECONDS: ONLY_WHEN_ASKED,
  });
  const admin = await new TestClient(product.url).signIn(ADMIN);
  await link(admin, chats.url);
  const listsId = await link(admin, lists.url);
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(input: { name: "guard", scopes: [CHAT, MODELS_READ, STATUS_READ] }) { token } }',
  );
  const member = new TestClient(product.url, createApiToken.token);
  const post: GuardedWorld['post'] = async (path, body, headers = {}) => {
    const response = await member.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  };
  return {
    url: product.url,
    admin,
    member,
    stranger: new TestClient(product.url),
    chats,
    lists,
    post,
    longestStretch: (during) => product.longestStretch(during),
    get: async (path) => {
      const response = await member.fetch(path);
      await response.arrayBuffer();
      return response.status;
    },
    check: async () => {
      const before = await checkedAt(admin, listsId);
      await admin.data('mutation ($ids: [ID!]) { refreshConnections(ids: $ids) { id } }', { ids: [listsId] });
      await checkedAt(admin, listsId, before);
    },
    close: async () => {
      await stop(product);
      for (const server of servers) await server.close();
    },
  };
}

async function stop(product: Product): Promise<void> {
  await product.stop();
}

async function link(admin: TestClient, url: string): Promise<string> {
  const { addConnection } = await admin.data<{ addConnection: { id: string } }>(ADD, {
    input: { kind: 'OPENAI', url },
  });
  await checkedAt(admin, addConnection.id);
  return addConnection.id;
}

/** When its last check ended, once one has that is another than `before`. */
async function checkedAt(admin: TestClient, id: string, before: string | null = null): Promise<string> {
  for (;;) {
    const { connection } = await admin.data<{
      connection: { health: { checkedAt: string | null; checking: boolean } };
    }>(CHECKED, { id });
    const { checkedAt: at, checking } = connection.health;
    if (at !== null && at !== before && !checking) return at;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function startEndpoint(servers: { close(): Promise<void> }[], list: Buffer): Promise<DearEndpoint> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'GET') {
        response.setHeader('content-type', 'application/json');
        response.end(endpoint.list);
      } else endpoint.answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: DearEndpoint = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
    list,
    answer: (_request, response) => response.end('{"choices":[]}'),
  };
  servers.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return endpoint;
}

export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `vendor/model-${String(index)}`);

export function namesList(names: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify({ object: 'list', data: names.map((id) => ({ id, object: 'model' })) }));
}

/** Answers with a constant JSON text. */
export const json =
  (text: string | Buffer): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(text);
  };

/** Answers with events, each as one piece. */
export const events =
  (...pieces: readonly string[]): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    for (const piece of pieces) response.write(`data: ${piece}\n\n`);
    response.end('data: [DONE]\n\n');
  };

export const gzipped = (text: string): Buffer => gzipSync(Buffer.from(text));
