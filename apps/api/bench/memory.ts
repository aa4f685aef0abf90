import type { UpstreamCalls } from './servers/upstream.js';
import type { Watched } from './servers/watched-product.js';
import type { Bench, Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import { freePort } from './support/free-port.js';
import { spread, type Row } from './support/measure.js';
import { isServed, link, startProduct, type Product } from './support/product.js';

const IMAGE_BYTES = 20 * 1024 * 1024;
const FEW = 1_000;
const MANY = 10_000;

/** What stays in memory after many requests, and what a large one takes. */
export const memory: Scenario = async (bench) => {
  const upstream = await bench.scope
    .use(startChild<UpstreamCalls>(new URL('./servers/upstream.ts', import.meta.url)))
    .call('start');
  return [await afterManyRequests(bench, upstream), ...(await largeBody(bench, upstream))];
};

async function afterManyRequests({ scope, load, effort }: Bench, upstream: string): Promise<Row> {
  const { product, watch } = await startWatched({ scope }, upstream);
  const ask = async (requests: number): Promise<void> => {
    for (let done = 0; done < requests;) {
      const { latenciesMs } = await load.call('run', {
        url: `${product.url}/v1/chat/completions`,
        method: 'POST',
        headers: product.headers,
        connections: 32,
        body: chat('Tell.'),
        seconds: 60,
        atMost: requests - done,
        expect: { status: 200, least: 500, most: 1_000 },
      });
      done += latenciesMs.length;
    }
  };
  // What is made once, and compiled when it is hot, is there before anything is compared.
  await ask(MANY);
  const rounds: { few: number; many: number }[] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    await ask(FEW);
    const few = (await watch()).heapUsed;
    await ask(MANY - FEW);
    rounds.push({ few, many: (await watch()).heapUsed });
  }
  const grown = rounds.map(({ few, many }) => (100 * (many - few)) / few);
  return {
    claim: `heap after ${MANY.toLocaleString('en-US')} requests beside ${FEW.toLocaleString('en-US')}, collected`,
    against: '–',
    unit: '%',
    ours: spread(grown).median,
    theirs: Number.NaN,
    compared: spread(grown),
    goal: { is: 'at most', value: 5, as: 'value' },
    note: `${effort.rounds} rounds in one process: ${grown.map((percent) => `${percent.toFixed(1)} %`).join(', ')}`,
  };
}

async function largeBody({ scope, effort }: Bench, upstream: string): Promise<Row[]> {
  const body = chat(`data:image/png;base64,${'iVBORw0KGgo'.repeat(IMAGE_BYTES / 11)}`);
  const added: number[] = [];
  const longest: number[] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    const { product, watch } = await startWatched({ scope }, upstream);
    const ask = async (text: string) =>
      (
        await fetch(`${product.url}/v1/chat/completions`, { method: 'POST', headers: product.headers, body: text })
      ).arrayBuffer();
    // The way is warm, the memory is not.
    for (let warm = 0; warm < 100; warm += 1) await ask(chat('Tell.'));
    const { rss } = await watch();
    await ask(body);
    const { peakRss, longestTaskMs } = await watch();
    if (peakRss !== null) added.push((peakRss - rss) / body.length);
    longest.push(longestTaskMs);
    await product.close();
  }
  const line = { against: '–', theirs: Number.NaN };
  const note = `a body of ${(body.length / 1024 / 1024).toFixed(1)} MiB with one image, in a process that had none before`;
  return [
    {
      ...line,
      claim: 'a 20 MB image body: memory added, at its most',
      unit: '× its size',
      note,
      ours: spread(added).median,
      compared: spread(added),
      goal: { is: 'at most', value: 2, as: 'value' },
    },
    {
      ...line,
      claim: 'a 20 MB image body: longest time without a turn for others',
      unit: 'ms',
      ours: spread(longest).median,
      compared: spread(longest),
      goal: { is: 'at most', value: 20, as: 'value' },
      note: 'of the clock, so what else the machine does is in it',
    },
  ];
}

/** A product that can be asked for its memory. */
async function startWatched(
  { scope }: Pick<Bench, 'scope'>,
  upstream: string,
): Promise<{ product: Product; watch: () => Promise<Watched> }> {
  const port = await freePort();
  const product = await startProduct(scope, {
    entry: new URL('./servers/watched-product.ts', import.meta.url),
    env: { BENCH_WATCH_PORT: String(port) },
  });
  await link(product, [upstream], isServed(product));
  const watch = async () => (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Watched;
  return { product, watch };
}

const chat = (content: string): string =>
  JSON.stringify({ model: 'bench-model', messages: [{ role: 'user', content }], stream: false });
