import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** How a process ended, and everything it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** The built product in a process of its own, as it runs in production. */
export interface Product {
  readonly url: string;
  /** Ends it without a chance to tidy up. */
  kill(): Promise<Ended>;
  /** Ends it as an operator does. */
  stop(): Promise<Ended>;
}

/** Those that run, with the promise of their end. */
const running = new Map<ChildProcess, Promise<Ended>>();
const entry = path.join(import.meta.dirname, '../../dist/main.js');

function started<Child extends ChildProcess>(child: Child): { child: Child; ended: Promise<Ended> } {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  // 'close' comes after 'exit', when all that it wrote has been read.
  const ended = once(child, 'close').then(([code, signal]): Ended => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output: chunks.join(''),
  }));
  running.set(child, ended);
  void ended.finally(() => running.delete(child));
  return { child, ended };
}

function command(): string {
  if (!existsSync(entry)) throw new Error('the product is not built: run `npm run build` first');
  return entry;
}

const environment = (env: Readonly<Record<string, string>>) => ({ PATH: process.env['PATH'] ?? '', PORT: '0', ...env });

/** `preloaded`: a module that runs in the process before the product does, and may talk to the test by messages. */
function launch(env: Readonly<Record<string, string>>, preloaded?: string) {
  const imported = preloaded === undefined ? [] : ['--import', preloaded];
  const child = spawn(process.execPath, [...imported, command()], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe', ...(preloaded === undefined ? [] : (['ipc'] as const))],
  });
  return started(child as ChildProcessByStdio<null, Readable, Readable>);
}

/** A product whose standard output is the test's own affair. */
export interface LoudProduct extends Product {
  /** Its standard output where that is a pipe to this process: nobody reads it yet. */
  readonly output: Readable | null;
  /** Sends it a signal and waits for its end. */
  signal(signal: NodeJS.Signals): Promise<Ended>;
}

/**
 * Starts it with another standard output, and waits until it serves. `shell`: a line of `sh` that runs before it in the
 * same process; `nodeArguments`: what Node.js is given before the product.
 */
export async function startLoudProduct(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly output: 'pipe' | number;
  readonly shell?: string;
  readonly nodeArguments?: readonly string[];
}): Promise<LoudProduct> {
  const port = await freePort();
  const words = [process.execPath, ...(options.nodeArguments ?? []), command()];
  const child = spawn('sh', ['-c', `${options.shell ?? ':'}; exec "$@"`, 'sh', ...words], {
    env: environment({ PORT: String(port), ...options.env }),
    stdio: ['ignore', options.output, 'pipe'],
  });
  const { stdout } = child;
  const { ended } = started(Object.assign(child, { stdout: null }));
  const url = `http://127.0.0.1:${String(port)}`;
  while (!(await isReady(url))) {
    if (!running.has(child)) throw new Error(`the product did not start: ${(await ended).output}`);
    await delay(50);
  }
  const signal = (name: NodeJS.Signals): Promise<Ended> => {
    child.kill(name);
    return ended;
  };
  return { url, output: stdout, signal, kill: () => signal('SIGKILL'), stop: () => signal('SIGTERM') };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts it and waits until it serves. Rejects with what it wrote where it ends before. */
export async function startProduct(env: Readonly<Record<string, string>>): Promise<Product> {
  return whenServing(launch(env));
}

/**
 * The same, watched: `longestStretch` does something and tells how long, in milliseconds of CPU, the event loop was
 * held meanwhile.
 */
export async function startWatchedProduct(
  env: Readonly<Record<string, string>>,
): Promise<Product & { longestStretch(during: () => Promise<unknown>): Promise<number> }> {
  const launched = launch(env, path.join(import.meta.dirname, '../event-loop/loop-watch.js'));
  const ask = async (question: 'begin' | 'longest'): Promise<number> => {
    const answered = once(launched.child, 'message') as Promise<[{ longestMs: number }]>;
    (launched.child as ChildProcess).send(question);
    return (await answered)[0].longestMs;
  };
  const longestStretch = async (during: () => Promise<unknown>): Promise<number> => {
    await ask('begin');
    await during();
    return ask('longest');
  };
  return { ...(await whenServing(launched)), longestStretch };
}

async function whenServing({ child, ended }: ReturnType<typeof launch>): Promise<Product> {
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { url?: string };
      if (url !== undefined) return url;
    }
    return null;
  })();
  const url = await ready;
  if (url === null) throw new Error(`the product did not start: ${(await ended).output}`);
  child.stdout.resume();
  const end = (signal: NodeJS.Signals) => (): Promise<Ended> => {
    child.kill(signal);
    return ended;
  };
  return { url, kill: end('SIGKILL'), stop: end('SIGTERM') };
}

/** Starts it where it cannot start, and waits for its end. */
export async function runProductToEnd(env: Readonly<Record<string, string>>): Promise<Ended> {
  return launch(env).ended;
}

/** Ends those that a failed test left running. */
export async function endProducts(): Promise<void> {
  for (const child of running.keys()) child.kill('SIGKILL');
  await Promise.all(running.values());
}
