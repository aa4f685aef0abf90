import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { adminSize } from './admin-size.js';
import { blackHoles } from './black-holes.js';
import { connections } from './connections.js';
import { gatewayCpu } from './gateway-cpu.js';
import { gateway } from './gateway.js';
import { memory } from './memory.js';
import { models } from './models.js';
import { pages } from './pages.js';
import { portkey } from './portkey.js';
import { start } from './start.js';
import { streams } from './streams.js';
import { subscribers } from './subscribers.js';
import type { Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import type { LoadCalls } from './support/load.js';
import type { Effort, Row } from './support/measure.js';
import { Scope } from './support/scope.js';
import { printTable } from './support/table.js';
import { sweep } from './sweep.js';

const scenarios: Readonly<Record<string, Scenario>> = {
  models,
  connections,
  'black-holes': blackHoles,
  sweep,
  start,
  subscribers,
  gateway,
  'gateway-cpu': gatewayCpu,
  portkey,
  streams,
  memory,
  'admin-size': adminSize,
  pages,
};

const FULL: Effort = { rounds: 7, seconds: 3 };
const QUICK: Effort = { rounds: 3, seconds: 1 };

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' } } });
  const unknown = positionals.filter((name) => scenarios[name] === undefined);
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}. There are: ${Object.keys(scenarios).join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(scenarios);
  const rows: Row[] = [];
  for (const name of names) rows.push(...(await run(name, values.quick === true ? QUICK : FULL)));
  console.log(`\nNode.js ${process.version}, ${cpus().length} cores\n`);
  printTable(rows);
}

async function run(name: string, effort: Effort): Promise<Row[]> {
  const scope = new Scope();
  try {
    const load = scope.use(startChild<LoadCalls>(new URL('./support/load.ts', import.meta.url)));
    const say = (text: string): void => console.error(`  ${text}`);
    console.error(`${name} …`);
    return (await scenarios[name]?.({ scope, effort, load, say })) ?? [];
  } finally {
    await scope.end();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
