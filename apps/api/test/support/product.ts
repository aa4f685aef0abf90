import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

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

function launch(env: Readonly<Record<string, string>>) {
  if (!existsSync(entry)) throw new Error('the product is not built: run `npm run build` first');
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
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

/** Starts it and waits until it serves. Rejects with what it wrote where it ends before. */
export async function startProduct(env: Readonly<Record<string, string>>): Promise<Product> {
  const { child, ended } = launch(env);
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
