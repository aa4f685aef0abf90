import type { PassThroughCalls } from './servers/pass-through.js';
import type { UpstreamCalls } from './servers/upstream.js';
import type { Bench, Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import type { Load } from './support/load.js';
import { interleave, median, toRow, type Row } from './support/measure.js';
import { isServed, link, startProduct } from './support/product.js';

const MODEL = 'bench-model';
export const MANY_CLIENTS = 32;

/** What stands between a caller and an endpoint: nothing, the least there can be, or the product. */
type Way = 'direct' | 'bare' | 'ours';

/** What the gateway costs a chat request, beside a pass-through that can do nothing else. */
export const gateway: Scenario = async (bench) => {
  const { scope, effort } = bench;
  const upstream = await scope
    .use(startChild<UpstreamCalls>(new URL('./servers/upstream.ts', import.meta.url)))
    .call('start');
  const bare = scope.use(startChild<PassThroughCalls>(new URL('./servers/pass-through.ts', import.meta.url)));
  const product = await startProduct(scope);
  await link(product, [upstream], isServed(product), 'sk-bench-0123456789');
  const requests: Requests = {
    direct: { url: `${upstream}/chat/completions`, headers: { 'content-type': 'application/json' } },
    bare: {
      url: `${await bare.call('start', upstream)}/chat/completions`,
      headers: { 'content-type': 'application/json' },
    },
    ours: { url: `${product.url}/v1/chat/completions`, headers: product.headers },
  };
  const { bare: theirs, ours } = requests;
  const many = await throughput(
    bench,
    { theirs, ours },
    {
      claim: `gateway, non-stream, requests/s at ${MANY_CLIENTS} clients`,
      against: 'a bare pass-through',
      unit: 'req/s',
      goal: { is: 'at least', value: 0.75 },
    },
  );
  return [await addedLatency(bench, requests), many, await firstByte(bench, requests)].map((row, index) =>
    index === 0
      ? { ...row, note: `a request body of ${chat(false).length} bytes, ${effort.rounds} rounds, request log on` }
      : row,
  );
};

async function addedLatency({ load, effort }: Bench, requests: Requests): Promise<Row> {
  const p50 = (way: Way) => async () => {
    const answered = await load.call('run', { ...plain, ...requests[way], connections: 1, seconds: effort.seconds });
    return median(answered.latenciesMs);
  };
  const variants = { direct: p50('direct'), bare: p50('bare'), ours: p50('ours') };
  await interleave(1, variants);
  const { direct, bare, ours } = await interleave(effort.rounds, variants);
  const added = (way: readonly number[]) => way.map((latency, round) => latency - direct[round]!);
  return toRow(added(ours), added(bare), {
    claim: 'gateway, non-stream, added p50 at 1 client',
    against: 'a bare pass-through',
    unit: 'ms',
    goal: { is: 'at most', value: 1.3 },
  });
}

/** Chats a second with many clients, of two servers in turns. */
export async function throughput(
  { load, effort }: Bench,
  requests: Record<'ours' | 'theirs', Address>,
  line: Parameters<typeof toRow>[2],
): Promise<Row> {
  const rate = (way: 'ours' | 'theirs') => async () =>
    (await load.call('run', { ...plain, ...requests[way], connections: MANY_CLIENTS, seconds: effort.seconds }))
      .perSecond;
  const variants = { theirs: rate('theirs'), ours: rate('ours') };
  await interleave(1, variants);
  const { theirs, ours } = await interleave(effort.rounds, variants);
  return toRow(ours, theirs, line);
}

async function firstByte({ load, effort }: Bench, requests: Requests): Promise<Row> {
  const p50 = (way: Way) => async () => {
    const request = { ...requests[way], body: chat(true), seconds: effort.seconds };
    return median(await load.call('firstBytes', { ...request, ends: 'data: [DONE]\n\n' }));
  };
  const variants = { bare: p50('bare'), ours: p50('ours') };
  await interleave(1, variants);
  const { bare, ours } = await interleave(effort.rounds, variants);
  return toRow(ours, bare, {
    claim: 'gateway, stream, time to first byte, p50 at 1 client',
    against: 'a bare pass-through',
    unit: 'ms',
    goal: { is: 'at most', value: 1.3 },
  });
}

type Address = Pick<Load, 'url' | 'headers'>;
type Requests = Readonly<Record<Way, Address>>;

export function chat(stream: boolean): string {
  const messages = [
    {
      role: 'system',
      content: 'You are an assistant that answers questions about the manuals of a factory. '.repeat(10),
    },
    { role: 'user', content: 'Which torque do the bolts of the second gearbox take? '.repeat(10) },
  ];
  return JSON.stringify({ model: MODEL, messages, temperature: 0.2, max_tokens: 200, stream });
}

const plain = { method: 'POST', body: chat(false), expect: { status: 200, least: 500, most: 1_000 } } as const;
