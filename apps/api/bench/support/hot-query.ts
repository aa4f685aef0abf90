import type { EndpointsCalls } from '../servers/endpoints.js';
import type { StaticCalls } from '../servers/static.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import { interleave, toRow, type Row } from './measure.js';
import { link, startProduct, type Product } from './product.js';

const CLIENTS = 8;
/** Latencies and dates of a live answer have more or fewer digits each second. */
const TOLERANCE = 0.05;

interface HotQuery {
  readonly claim: string;
  readonly query: string;
  readonly endpoints: { readonly count: number; readonly modelsEach: number };
}

/** Requests per second of one query that is asked again and again, and what a static reply and no cache make of it. */
export async function measureHotQuery({ scope, effort, load, say }: Bench, hot: HotQuery): Promise<Row[]> {
  const { count, modelsEach } = hot.endpoints;
  const endpoints = scope.use(startChild<EndpointsCalls>(new URL('../servers/endpoints.ts', import.meta.url)));
  const urls = await endpoints.call('start', { count, modelsEach });
  const ours = await startProduct(scope);
  const uncached = await startProduct(scope, {
    entry: new URL('../servers/product.ts', import.meta.url),
    env: { BENCH_UNCACHED: '1' },
  });
  for (const product of [ours, uncached]) await link(product, urls, () => hasAll(product, count, count * modelsEach));

  const body = JSON.stringify({ query: hot.query });
  const response = await fetch(`${ours.url}/graphql`, { method: 'POST', headers: ours.headers, body });
  const text = await response.text();
  if (!text.startsWith('{"data":')) throw new Error(`the query failed: ${text.slice(0, 300)}`);
  const fixed = scope.use(startChild<StaticCalls>(new URL('../servers/static.ts', import.meta.url)));
  const fixedUrl = await fixed.call('start', text);
  say(`${hot.claim}: an answer has ${Buffer.byteLength(text)} bytes`);

  const bytes = Buffer.byteLength(text);
  const expect = { status: 200, least: bytes * (1 - TOLERANCE), most: bytes * (1 + TOLERANCE) };
  const rate = (url: string, headers: Readonly<Record<string, string>>) => async () => {
    const request = { url: `${url}/graphql`, method: 'POST' as const, headers, body, expect };
    return (await load.call('run', { ...request, connections: CLIENTS, seconds: effort.seconds })).perSecond;
  };
  const variants = {
    ours: rate(ours.url, ours.headers),
    fixed: rate(fixedUrl, ours.headers),
    uncached: rate(uncached.url, uncached.headers),
  };
  await interleave(1, variants);
  const rates = await interleave(effort.rounds, variants);
  const note = `${Math.round(bytes / 1000)} kB an answer, ${CLIENTS} clients, request log on`;
  const { claim } = hot;
  return [
    toRow(rates.ours, rates.fixed, {
      claim,
      unit: 'req/s',
      note,
      against: 'a static Fastify reply',
      goal: { is: 'at least', value: 0.6 },
    }),
    toRow(rates.ours, rates.uncached, {
      claim,
      unit: 'req/s',
      against: 'without our result cache',
      goal: { is: 'at least', value: 20 },
    }),
  ];
}

async function hasAll(product: Product, connections: number, models: number): Promise<boolean> {
  const found = await product.graphql<{ modelCount: number; connections: { status: string }[] }>(
    '{ modelCount connections { status } }',
  );
  const online = found.connections.filter(({ status }) => status === 'ONLINE').length;
  return online === connections && found.modelCount === models;
}
