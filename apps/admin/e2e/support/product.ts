import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** The built product in a process of its own, as users run it. */
export interface Product {
  readonly url: string;
  /** Where it listens, whatever browsers see. */
  readonly listensOn: string;
  /** The one-time link that the log shows. */
  readonly setUpUrl: string;
  /** Everything it wrote. */
  output(): string;
  readonly dataDirectory: string;
  stop(): Promise<void>;
}

const entry = path.join(import.meta.dirname, '../../../api/dist/main.js');

/** Starts it on a free port with empty data. Checks come every second, so that the tests see a change soon. */
export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  if (!existsSync(entry)) throw new Error('the product is not built: run `npm run build` first');
  const dataDirectory = mkdtempSync(path.join(os.tmpdir(), 'intrallm-browser-'));
  const lines: string[] = [];
  const child = spawn(process.execPath, [entry], {
    cwd: dataDirectory,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', INTRALLM_CHECK_SECONDS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  let url: string | null = null;
  let setUpUrl = '';
  let listensOn = '';
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const {
      msg,
      url: ready,
      listensOn: bound = '',
    } = JSON.parse(line) as { msg: string; url?: string; listensOn?: string };
    setUpUrl = /http\S+\/set-up#\S+/.exec(msg)?.[0] ?? setUpUrl;
    url = ready ?? null;
    listensOn = bound;
    if (url !== null) break;
  }
  if (url === null) throw new Error(`the product did not start: ${lines.join('\n')}`);
  child.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  child.stdout.resume();
  return {
    url,
    listensOn,
    setUpUrl,
    output: () => lines.join('\n'),
    dataDirectory,
    stop: async () => {
      await stop(child);
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
