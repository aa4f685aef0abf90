import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CheapEndpointCalls } from './servers/cheap-endpoint.js';
import type { Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import { spread, type Row } from './support/measure.js';
import { ADMIN, startProduct, waitUntil } from './support/product.js';
import { Scope } from './support/scope.js';
import { seed } from './support/seed.js';

const CONNECTIONS = 1_000;
/** It measures in Chromium, which belongs to the tests of the admin app. */
const BROWSER = fileURLToPath(new URL('../../admin/e2e/bench/main.ts', import.meta.url));
/** A task that takes longer counts as long: https://www.w3.org/TR/longtasks-1/ */
const LONG_TASK_MS = 50;
const ROUNDS_MOST = 5;

const claims = {
  wheel: 'the mouse wheel',
  jump: 'jumps: scroll bar, End, Home, Page Up and Down',
  filter: 'typing into the filter',
} as const;

/** The longest task of the browser while somebody uses the Connections page. */
export const pages: Scenario = async ({ scope, effort, say }) => {
  const endpoint = await scope
    .use(startChild<CheapEndpointCalls>(new URL('./servers/cheap-endpoint.ts', import.meta.url)))
    .call('start');
  const data = scope.folder();
  await makeDatabase(data);
  const urls = Array.from({ length: CONNECTIONS }, (_, index) => endpoint.replace('/v1', `/${index}/v1`));
  await seed(data, urls, 0);
  const product = await startProduct(scope, { data, env: { INTRALLM_CHECK_SECONDS: '3600' } });
  await waitUntil(async () => {
    const { connections } = await product.graphql<{ connections: { status: string }[] }>('{ connections { status } }');
    return connections.every(({ status }) => status === 'ONLINE');
  });
  say(`pages: ${CONNECTIONS} connections are online`);
  const rounds = Math.min(effort.rounds, ROUNDS_MOST);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    BROWSER,
    product.url,
    ADMIN.email,
    ADMIN.password,
    String(rounds),
  ]);
  const longest = JSON.parse(stdout) as Record<keyof typeof claims, number[]>;
  return Object.entries(claims).map(([name, words]) => toRow(words, longest[name as keyof typeof claims]));
};

function toRow(words: string, longest: readonly number[]): Row {
  const worst = Math.max(...longest);
  const rounds = longest.map((ms) => ms.toFixed(0)).join(', ');
  return {
    claim: `Connections page, 1,000 connections, longest task, ${words}`,
    against: '–',
    unit: 'ms',
    ours: worst,
    theirs: Number.NaN,
    compared: spread([worst]),
    goal: { is: 'at most', value: LONG_TASK_MS, as: 'value' },
    note: `CPU time of the page's main thread; longest of each round: ${rounds} ms`,
  };
}

async function makeDatabase(data: string): Promise<void> {
  const scope = new Scope();
  try {
    await startProduct(scope, { data });
  } finally {
    await scope.end();
  }
}
