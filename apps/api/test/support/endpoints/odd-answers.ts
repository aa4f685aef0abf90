import type { RequestListener } from 'node:http';
import { DEFAULT_CADENCE } from '../../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../app.js';
import { testDatabases } from '../postgres/postgres.js';
import { startRawEndpoint, startRawOllama, type RawEndpoint } from './raw-endpoint.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';

export const EVENTS = { 'content-type': 'text/event-stream' };

/** One event of a chat completion's stream. */
export const delta = (fields: object, reason: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields, finish_reason: reason }] })}\n\n`;

/** An answer as the caller gets it and as the log records it. */
interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly outcome: string;
  readonly tokens: { readonly input: number | null; readonly output: number | null };
}

/** The product with three linked endpoints, whose answers the test writes byte by byte. */
export interface OddAnswers {
  readonly app: TestApp;
  readonly admin: TestClient;
  /** Is not asked for token counts. */
  readonly plain: RawEndpoint;
  /** Is asked for token counts. */
  readonly counting: RawEndpoint;
  /** An Ollama instance. */
  readonly ollama: RawEndpoint;
  /** Asks one endpoint for its only model, and gives the answer when the log has its end. */
  ask(endpoint: RawEndpoint, answer: RequestListener, request?: { path?: string; body?: object }): Promise<Asked>;
  close(): Promise<void>;
}

export async function openOddAnswers(): Promise<OddAnswers> {
  const app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  const admin = await app.admin();
  const plain = await startRawEndpoint('plain', ['plain']);
  const counting = await startRawEndpoint('counting', ['counting']);
  const ollama = await startRawOllama('own', ['own:latest']);
  await admin.data(ADD, { input: { kind: 'OPENAI', url: plain.url, name: 'Plain' } });
  await admin.data(ADD, { input: { kind: 'OPENAI', url: counting.url, name: 'Counting', countStreamTokens: true } });
  await admin.data(ADD, { input: { kind: 'OLLAMA', url: ollama.url, name: 'Own' } });
  const { table } = app.app.services.routing;
  await eventually(
    () => Promise.resolve(['plain', 'counting', 'own:latest'].flatMap((name) => table.find(name)?.candidates ?? [])),
    (candidates) => candidates.length === 3 && candidates.every(({ status }) => status === 'ONLINE'),
  );
  const models = new Map([
    [plain, 'plain'],
    [counting, 'counting'],
    [ollama, 'own'],
  ]);

  return {
    app,
    admin,
    plain,
    counting,
    ollama,
    async ask(endpoint, answer, { path = '/v1/chat/completions', body = {} } = {}) {
      endpoint.answer = answer;
      const before = endsIn(app).length;
      const request = { model: models.get(endpoint), messages: [{ role: 'user', content: 'Hi' }], ...body };
      const response = await admin.fetch(path, { method: 'POST', body: JSON.stringify(request) });
      const text = await response.text().catch(() => 'cut');
      const { outcome, tokens } = await lastEnd(app, before);
      return { status: response.status, headers: response.headers, text, outcome, tokens };
    },
    async close() {
      await app.close();
      for (const endpoint of [plain, counting, ollama]) await endpoint.close();
    },
  };
}

/** The log's lines about requests that ended. */
export const endsIn = (app: TestApp): string[] =>
  app
    .log()
    .split('\n')
    .filter((line) => line.includes('a gateway request ended'));

/** The log's last line about a request that ended, once there are more than `count` of them. */
export async function lastEnd(app: TestApp, count: number): Promise<Pick<Asked, 'outcome' | 'tokens' | 'status'>> {
  const ends = await eventually(
    () => Promise.resolve(endsIn(app)),
    (all) => all.length > count,
  );
  return JSON.parse(ends.at(-1)!) as Pick<Asked, 'outcome' | 'tokens' | 'status'>;
}

/** The lines of an Ollama stream. */
export const linesOf = (text: string): { message?: { content: string }; done?: boolean; error?: string }[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { message?: { content: string }; done?: boolean; error?: string });

/** Answers 200 with these bytes, in pieces of `size` of them. */
export const answering =
  (headers: Record<string, string>, bytes: string | Buffer, size = Infinity): RequestListener =>
  (_request, response) => {
    response.writeHead(200, headers);
    const all = Buffer.from(bytes);
    const next = (at: number): void => {
      if (at >= all.length) response.end();
      else response.write(all.subarray(at, at + size), () => setImmediate(() => next(at + size)));
    };
    next(0);
  };
