import type { BroadcastCalls } from './servers/broadcast.js';
import type { EndpointsCalls } from './servers/endpoints.js';
import type { Scenario } from './support/bench.js';
import { startChild, type Child } from './support/child.js';
import { interleave, quantile, toRow } from './support/measure.js';
import { link, startProduct, type Product } from './support/product.js';
import type { Arrivals, SubscribersCalls } from './support/subscribers.js';

const SUBSCRIBERS = 5_000;
const NEWS = '"CHANGED"';
const SUBSCRIPTION = `subscription { connectionStatus {
  kind cursor at connectionId connectionName connectionKind previous status since modelCount problem { code message }
} }`;

/** How long after a change of a connection's status the last of many subscribers knows of it. */
export const subscribers: Scenario = async ({ scope, effort, say }) => {
  const endpoints = scope.use(startChild<EndpointsCalls>(new URL('./servers/endpoints.ts', import.meta.url)));
  const product = await startProduct(scope);
  const urls = await endpoints.call('start', { count: 1, modelsEach: 2 });
  const statuses = () =>
    product.graphql<{ connections: { id: string; status: string }[] }>('{ connections { id status } }');
  await link(product, urls, async () => (await statuses()).connections[0]?.status === 'ONLINE');
  const id = (await statuses()).connections[0]?.id ?? '';

  const plain = scope.use(startChild<BroadcastCalls>(new URL('./servers/broadcast.ts', import.meta.url)));
  const clients = scope.use(startChild<SubscribersCalls>(new URL('./support/subscribers.ts', import.meta.url)));
  await openSubscriptions(clients, product);
  await clients.call('open', { group: 'plain', url: await plain.call('start'), count: SUBSCRIBERS, talk: [] });
  say(`subscribers: ${SUBSCRIBERS} of each are connected`);

  let frame = '';
  let isRefusing = false;
  const ours = async (): Promise<number> => {
    isRefusing = !isRefusing;
    await endpoints.call('setRefusing', { index: 0, isRefusing });
    await clients.call('expect', { group: 'ours', text: NEWS });
    await product.graphql('mutation ($ids: [ID!]) { refreshConnections(ids: $ids) { id } }', { ids: [id] });
    const arrivals = await clients.call('arrived', 'ours');
    frame = arrivals.frame;
    const committedAt = Date.parse(/"at":"([^"]+)"/.exec(frame)?.[1] ?? '');
    return p99(arrivals, committedAt);
  };
  const theirs = async (): Promise<number> => {
    await clients.call('expect', { group: 'plain', text: NEWS });
    const startedAt = await plain.call('broadcast', frame);
    return p99(await clients.call('arrived', 'plain'), startedAt);
  };
  const variants = { ours, theirs };
  await interleave(2, variants);
  const measured = await interleave(effort.rounds, variants);
  return [
    toRow(measured.ours, measured.theirs, {
      claim: `one status change to ${SUBSCRIBERS.toLocaleString('en-US')} subscribers, p99`,
      against: 'a plain ws server that broadcasts the same bytes',
      unit: 'ms',
      goal: { is: 'at most', value: 2 },
      note: `ours from the moment of the write that stored the change, theirs from the first send; ${Buffer.byteLength(frame)} bytes; none lost, none twice`,
    }),
  ];
};

async function openSubscriptions(clients: Child<SubscribersCalls>, product: Product): Promise<void> {
  const { authorization = '' } = product.headers;
  await clients.call('open', {
    group: 'ours',
    url: `${product.url.replace('http', 'ws')}/graphql`,
    protocol: 'graphql-transport-ws',
    count: SUBSCRIBERS,
    talk: [
      { say: JSON.stringify({ type: 'connection_init', payload: { authorization } }), until: 'connection_ack' },
      {
        say: JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }),
        until: '"CHECKPOINT"',
      },
    ],
  });
}

function p99({ at, lost, tooMany }: Arrivals, since: number): number {
  if (lost > 0 || tooMany > 0) throw new Error(`${lost} subscribers missed the change, ${tooMany} got it twice`);
  return quantile(
    at.map((time) => time - since),
    0.99,
  );
}
