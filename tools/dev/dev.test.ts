import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';

const COMMAND = path.join(import.meta.dirname, 'main.js');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Starts it on free ports. The six of the endpoints may not all be free: then others are. */
async function startDev(data: string) {
  for (;;) {
    const [port, apiPort, firstPort] = [await freePort(), await freePort(), await freePort()];
    const ports = ['--port', String(port), '--api-port', String(apiPort), '--first-port', String(firstPort)];
    const child = spawn(process.execPath, [COMMAND, ...ports], {
      env: { ...process.env, NODE_ENV: 'development', INTRALLM_DATA: data },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      if (text.includes('EADDRINUSE')) child.kill('SIGTERM');
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /Open (\S+) and sign in as admin@example\.org/.exec(line) ?? [];
      if (url !== undefined) return { url, child, ended, ports: [port, apiPort, firstPort] };
    }
    await ended;
    if (!errors.includes('EADDRINUSE')) throw new Error(`npm run dev did not start: ${errors}`);
  }
}

it('npm run dev serves the admin app before the API, both from their sources, and leaves nothing behind', async () => {
  const data = mkdtempSync(path.join(os.tmpdir(), 'intrallm-dev-'));
  try {
    const { url, child, ended, ports } = await startDev(data);
    expect(await (await fetch(url)).text()).toContain('/@vite/client');
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
    // The API answers in its own shape through the address of the admin app.
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    expect(await Promise.all(ports.map(listens))).toEqual([true, true, true]);
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(await Promise.all(ports.map(listens))).toEqual([false, false, false]);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}, 120_000);

it('npm run dev says which option to use where a port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, [COMMAND, '--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(errors).toBe(
      `Port ${String(port)} is not free (EADDRINUSE). End what listens there, or choose another one with --port.\n`,
    );
  } finally {
    server.close();
  }
});
