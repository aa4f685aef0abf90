import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { chat, MANY_CLIENTS, throughput } from './gateway.js';
import type { UpstreamCalls } from './servers/upstream.js';
import type { Scenario } from './support/bench.js';
import { endProcess, startChild } from './support/child.js';
import { freePort } from './support/free-port.js';
import { isServed, link, startProduct, waitUntil } from './support/product.js';

/** Without these versions of what it brings along, it answers 500 to streams. */
const PACKAGE = {
  private: true,
  dependencies: { '@portkey-ai/gateway': '1.15.2' },
  overrides: { '@hono/node-server': '1.13.5', hono: '4.9.7' },
};

/** Our gateway beside another one for Node.js, which is installed for it. */
export const portkey: Scenario = async (bench) => {
  const { scope, say } = bench;
  const folder = scope.folder();
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(PACKAGE));
  say('portkey: installing it …');
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder });
  const upstream = await scope
    .use(startChild<UpstreamCalls>(new URL('./servers/upstream.ts', import.meta.url)))
    .call('start');
  const port = await freePort();
  const entry = path.join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const child = spawn(process.execPath, [entry, `--port=${port}`, '--headless'], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  });
  scope.onEnd(() => endProcess(child));
  const theirs = {
    url: `http://127.0.0.1:${port}/v1/chat/completions`,
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer x',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': upstream,
    },
  };
  await waitUntil(async () => {
    const response = await fetch(theirs.url, { method: 'POST', headers: theirs.headers, body: chat(false) }).catch(
      () => null,
    );
    await response?.body?.cancel();
    return response?.status === 200;
  });
  const product = await startProduct(scope);
  await link(product, [upstream], isServed(product), 'sk-bench-0123456789');
  const ours = { url: `${product.url}/v1/chat/completions`, headers: product.headers };
  return [
    await throughput(
      bench,
      { ours, theirs },
      {
        claim: `gateway, non-stream, requests/s at ${MANY_CLIENTS} clients`,
        against: 'Portkey gateway 1.15.2',
        unit: 'req/s',
        goal: { is: 'at least', value: 10 },
        note: 'with hono 4.9.7 and @hono/node-server 1.13.5, without which it fails',
      },
    ),
  ];
};
