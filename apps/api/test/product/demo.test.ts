import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { eventually, TestClient } from '../support/app.js';

const ENTRY = path.join(import.meta.dirname, '../../dist/demo.js');
const LINKED = '{ connections { name status modelCount } }';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts it on free ports. Six in a row may not all be free: then others are. */
async function startDemo(folder: string) {
  for (;;) {
    const first = await freePort();
    const child = spawn(process.execPath, [ENTRY, '--first-port', String(first)], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /^Open (\S+) and sign in as admin@example\.org/.exec(line) ?? [];
      if (url !== undefined) return { url, child, ended };
    }
    await ended;
    if (!errors.includes('EADDRINUSE')) throw new Error(`the demonstration did not start: ${errors}`);
  }
}

it('the demonstration starts with its endpoints linked, finds them again, and ends when it is told to', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-demo-'));
  try {
    const { url, child, ended } = await startDemo(folder);
    const client = await new TestClient(url).signIn({ email: 'admin@example.org', password: 'demo password' });
    type Linked = { name: string; status: string; modelCount: number }[];
    const linked = await eventually(
      async () => (await client.data<{ connections: Linked }>(LINKED)).connections,
      (all) => all.every(({ status }) => status !== 'UNKNOWN'),
    );
    const byName = Object.fromEntries(linked.map(({ name, status, modelCount }) => [name, [status, modelCount]]));
    expect(byName).toEqual({
      'vLLM on the GPU server': ['ONLINE', 3],
      'llama.cpp on the workstation': ['ONLINE', 1],
      OpenRouter: ['ONLINE', 300],
      'LM Studio on a laptop': ['OFFLINE', 0],
      Ollama: ['ONLINE', 4],
      'Ollama on the old server': ['DEGRADED', 2],
    });
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
