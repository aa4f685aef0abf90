import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log/logger.js';
import { DEFAULT_CADENCE, type Cadence } from '../../src/monitor/checks/cadence.js';
import type { TestDatabaseKind } from './postgres/postgres.js';

export const ADMIN = { email: 'admin@example.org', password: 'correct horse battery' };

/** Checks come quickly, so that a journey sees a state change within a second. */
const QUICK: Cadence = { ...DEFAULT_CADENCE, regularMs: 300, recheckMs: [50, 100, 150] };

export interface GraphqlError {
  readonly message: string;
  readonly extensions: {
    readonly code: string;
    readonly requestId: string;
    readonly field?: string;
    readonly [more: string]: unknown;
  };
}

export interface GraphqlAnswer<T> {
  readonly status: number;
  readonly data: T;
  readonly errors: readonly GraphqlError[] | undefined;
  /** The answer as it came, for those who look for what must not be in it. */
  readonly text: string;
}

/** A browser or a program that talks to the app: it keeps its cookie, or sends its token. */
export class TestClient {
  cookie: string | null = null;
  /** What it shows of earlier sign-ins. */
  deviceCookie: string | null = null;

  constructor(
    readonly url: string,
    readonly token: string | null = null,
    private readonly seen: (text: string) => void = () => undefined,
  ) {}

  headers(more: Record<string, string> = {}): Record<string, string> {
    const cookies = [this.cookie, this.deviceCookie].filter((cookie) => cookie !== null);
    return {
      origin: new URL(this.url).origin,
      ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
      ...more,
    };
  }

  async graphql<T = Record<string, unknown>>(query: string, variables: object = {}): Promise<GraphqlAnswer<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: this.headers({ 'content-type': 'application/json' }),
      body: JSON.stringify({ query, variables }),
    });
    for (const set of response.headers.getSetCookie()) {
      const [cookie = ''] = set.split(';', 1);
      if (cookie.startsWith('intrallm_device=')) this.deviceCookie = cookie;
      else this.cookie = cookie.endsWith('=') ? null : cookie;
    }
    const text = await response.text();
    this.seen(text);
    const { data, errors } = JSON.parse(text) as { data: T; errors?: GraphqlError[] };
    return { status: response.status, data, errors, text };
  }

  /** The data of an operation that must succeed. */
  async data<T = Record<string, unknown>>(query: string, variables: object = {}): Promise<T> {
    const answer = await this.graphql<T>(query, variables);
    if (answer.errors !== undefined) throw new Error(`${answer.errors[0]?.message ?? ''} in ${answer.text}`);
    return answer.data;
  }

  /** The first error of an operation that must fail. */
  async error(query: string, variables: object = {}): Promise<GraphqlError> {
    const { errors, text } = await this.graphql(query, variables);
    if (errors?.[0] === undefined) throw new Error(`no error in ${text}`);
    return errors[0];
  }

  async signIn(credentials: { email: string; password: string } = ADMIN): Promise<this> {
    await this.data(
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { id } }',
      credentials,
    );
    return this;
  }

  fetch(route: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${route}`, {
      ...init,
      headers: this.headers(init.headers as Record<string, string> | undefined),
    });
  }

  /** A client of the socket with this client's credential; it does not reconnect. */
  socket(connectionParams: Record<string, unknown> = {}): Client {
    const headers = this.headers();
    const { seen } = this;
    return createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string | string[]) {
          super(address, protocols, { headers });
          this.on('message', (data: Buffer) => {
            seen(data.toString());
          });
        }
      },
      connectionParams,
      retryAttempts: 0,
      lazy: true,
    });
  }
}

export interface TestApp {
  readonly app: App;
  readonly url: string;
  /** Everything the app logged. */
  readonly log: () => string;
  /** Every GraphQL answer, and every frame of a socket, that the clients of this app were given. */
  readonly answers: string[];
  readonly dataDirectory: string;
  readonly databaseUrl: string;
  client(token?: string): TestClient;
  /** A client that is signed in as the administrator. */
  admin(): Promise<TestClient>;
  /** Stops it and starts it again on the same data. */
  restart(env?: Record<string, string>): Promise<TestApp>;
  close(): Promise<void>;
}

interface Options {
  readonly kind: TestDatabaseKind;
  readonly env?: Record<string, string>;
  readonly cadence?: Cadence;
  /** Folder of a built admin app; by default there is none. */
  readonly adminFiles?: string | null;
}

/** The whole product in this process on a free port, with a database of its own and an administrator. */
export async function startTestApp({ kind, env = {}, cadence = QUICK, adminFiles = null }: Options): Promise<TestApp> {
  const dataDirectory = mkdtempSync(path.join(os.tmpdir(), 'intrallm-journey-'));
  const { url: databaseUrl, drop } = await kind.create();
  const remove = async (): Promise<void> => {
    await drop();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
  const start = async (more: Record<string, string>): Promise<TestApp> => {
    const chunks: string[] = [];
    const answers: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    });
    const config = loadConfig({
      PORT: '0',
      INTRALLM_DATA: dataDirectory,
      DATABASE_URL: databaseUrl,
      INTRALLM_ADMIN_EMAIL: ADMIN.email,
      INTRALLM_ADMIN_PASSWORD: ADMIN.password,
      LOG_LEVEL: 'debug',
      ...more,
    });
    const app = await startApp(config, createLogger({ level: 'debug', destination }), { adminFiles, cadence });
    const client = (token?: string) => new TestClient(app.url, token ?? null, (text) => answers.push(text));
    return {
      app,
      url: app.url,
      log: () => chunks.join(''),
      answers,
      dataDirectory,
      databaseUrl,
      client,
      admin: () => client().signIn(),
      restart: async (again = {}) => {
        await app.close();
        return start({ ...env, ...again });
      },
      close: async () => {
        await app.close();
        await remove();
      },
    };
  };
  try {
    return await start(env);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Asks again until the answer is the one waited for; fails after `withinMs` with the last one. */
export async function eventually<T>(ask: () => Promise<T>, isIt: (value: T) => boolean, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (isIt(value)) return value;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${String(withinMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
