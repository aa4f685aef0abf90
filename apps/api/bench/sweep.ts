import path from 'node:path';
import { Sqlite } from '../src/database/sqlite-driver.js';
import { DEFAULT_LANES } from '../src/monitor/checks/check-lanes.js';
import type { EndpointsCalls } from './servers/endpoints.js';
import type { Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import { median, spread } from './support/measure.js';
import { startProduct, waitUntil } from './support/product.js';
import { Scope } from './support/scope.js';
import { seed } from './support/seed.js';

const ENDPOINTS = 1_000;
const HEALTHY = 900;
const LATENCY_MS = 50;

/** How long it takes until every healthy endpoint of a new process has been checked and its models are listed. */
export const sweep: Scenario = async (bench) => {
  const rounds = Math.min(bench.effort.rounds, 5);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await sweepOnce());
    bench.say(`sweep: ${times.at(-1)?.toFixed(2)} s`);
  }
  const ideal = idealSeconds();
  return [
    {
      claim: `first sweep over ${ENDPOINTS} endpoints at ${LATENCY_MS} ms, 10 % black holes`,
      against: `the ideal for ${DEFAULT_LANES.start} at a time`,
      unit: 's',
      ours: median(times),
      theirs: ideal,
      compared: spread(times.map((seconds) => seconds / ideal)),
      goal: { is: 'at most', value: 1.5 },
      note: 'from the first check to the last healthy endpoint being listed',
    },
  ];
};

/**
 * Every place at the start is taken all the time: by a healthy endpoint until it answers, by a black hole until
 * patience ends.
 */
function idealSeconds(): number {
  const { start, patienceMs } = DEFAULT_LANES;
  return (HEALTHY * LATENCY_MS + (ENDPOINTS - HEALTHY) * patienceMs) / start / 1000;
}

async function sweepOnce(): Promise<number> {
  const scope = new Scope();
  try {
    const endpoints = scope.use(startChild<EndpointsCalls>(new URL('./servers/endpoints.ts', import.meta.url)));
    // One request a check: a server that is known by its list is asked for more, which takes its latency once again.
    const options = { count: ENDPOINTS, modelsEach: 3, hangFrom: HEALTHY, slowMs: LATENCY_MS, profile: 'deepseek' };
    const urls = await endpoints.call('start', options);
    const data = scope.folder();
    await seed(data, mixed(urls), 0);
    const counting = countModels(scope, data);
    const listedAt = waitUntil(() => Promise.resolve(counting() === HEALTHY * options.modelsEach), 120_000, 10).then(
      () => Date.now(),
    );
    await startProduct(scope, { data });
    const [firstAt, lastAt] = [await endpoints.call('firstRequestAt'), await listedAt];
    if (firstAt === null) throw new Error('nothing was checked');
    return (lastAt - firstAt) / 1000;
  } finally {
    await scope.end();
  }
}

/** Every tenth is a black hole, as chance would have it, in place of all of them at the end. */
function mixed(urls: readonly string[]): string[] {
  const blackHoles = urls.slice(HEALTHY);
  return urls
    .slice(0, HEALTHY)
    .flatMap((url, index) => (index % 9 === 8 ? [url, blackHoles[(index - 8) / 9]!] : [url]));
}

/** Looks into the file rather than asking the process, which has enough to do. */
function countModels(scope: Scope, data: string): () => number {
  const file = new Sqlite(path.join(data, 'intrallm.db'), { readonly: true });
  scope.onEnd(() => file.close());
  const statement = file.prepare('SELECT COUNT(*) FROM model').pluck();
  return () => Number(statement.get());
}
