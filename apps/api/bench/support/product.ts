import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endProcess } from './child.js';
import type { Scope } from './scope.js';

export const ADMIN = { email: 'bench@example.org', password: 'a password of the bench' };
const BUILT = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const READY_WITHIN_MS = 120_000;

/** The product in a process of its own, on a free port, with its log in a file as an installation has it. */
export interface Product {
  readonly pid: number;
  readonly url: string;
  /** From the start of the process until it said that it is ready. */
  readonly readyMs: number;
  /** Signs requests with a token that may do everything. */
  readonly headers: Readonly<Record<string, string>>;
  graphql<T>(query: string, variables?: object): Promise<T>;
  close(): Promise<void>;
}

interface ProductOptions {
  /** Default: a new folder. */
  readonly data?: string;
  /** What is started in place of the product as it is built: a module of `servers`. */
  readonly entry?: URL;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startProduct(scope: Scope, options: ProductOptions = {}): Promise<Product> {
  const data = options.data ?? scope.folder();
  const log = path.join(scope.folder(), 'log');
  const output = openSync(log, 'a');
  const startedAt = performance.now();
  const entry = options.entry === undefined ? [BUILT] : [...process.execArgv, fileURLToPath(options.entry)];
  const nodeOptions = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];
  const child = spawn(process.execPath, [...nodeOptions, ...entry], {
    stdio: ['ignore', output, output],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      INTRALLM_DATA: data,
      DATABASE_URL: `sqlite:${path.join(data, 'intrallm.db')}`,
      INTRALLM_ADMIN_EMAIL: ADMIN.email,
      INTRALLM_ADMIN_PASSWORD: ADMIN.password,
      ...options.env,
    },
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const close = async (): Promise<void> => {
    process.off('exit', killWithUs);
    await endProcess(child);
  };
  scope.onEnd(close);
  const url = await readyUrl(log, () => child.exitCode);
  const readyMs = performance.now() - startedAt;
  const headers = { authorization: `Bearer ${await makeToken(url)}`, 'content-type': 'application/json' };
  return {
    pid: child.pid ?? Number.NaN,
    url,
    readyMs,
    headers,
    close,
    graphql: (query, variables) => ask(url, headers, query, variables),
  };
}

async function readyUrl(log: string, exitCode: () => number | null): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const text = readFileSync(log, 'utf8');
    const url = /"url":"([^"]+)"[^\n]*"msg":"[^"]*is ready/.exec(text)?.[1];
    if (url !== undefined) return url;
    if (exitCode() !== null || Date.now() > deadline) throw new Error(`the product did not start:\n${text}`);
    await delay(5);
  }
}

async function makeToken(url: string): Promise<string> {
  const signIn = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({
      query: 'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { id } }',
      variables: ADMIN,
    }),
  });
  const cookie = signIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  await signIn.body?.cancel();
  const headers = { 'content-type': 'application/json', origin: url, cookie };
  const scopes = ['CHAT', 'MODELS_READ', 'STATUS_READ', 'CONNECTIONS_READ', 'CONNECTIONS_WRITE'];
  const made = await ask<{ createApiToken: { token: string } }>(
    url,
    headers,
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
    { input: { name: 'bench', scopes } },
  );
  return made.createApiToken.token;
}

async function ask<T>(url: string, headers: Record<string, string>, query: string, variables = {}): Promise<T> {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join(' '));
  return data;
}

/** Links endpoints and waits until each has been checked and its models listed. */
export async function link(
  product: Product,
  urls: readonly string[],
  isDone: () => Promise<boolean>,
  apiKey?: string,
): Promise<void> {
  for (const [index, url] of urls.entries()) {
    await product.graphql('mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }', {
      input: { kind: 'OPENAI', url, name: `Endpoint ${String(index).padStart(4, '0')}`, apiKey },
    });
  }
  await waitUntil(isDone);
}

/** Whether the one model of an endpoint of the bench can be used. */
export const isServed = (product: Product) => async (): Promise<boolean> => {
  const { servedModels } = await product.graphql<{ servedModels: object[] }>(
    '{ servedModels(available: true) { name } }',
  );
  return servedModels.length === 1;
};

export async function waitUntil(isDone: () => Promise<boolean>, withinMs = 60_000, everyMs = 100): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await delay(everyMs);
  }
}
