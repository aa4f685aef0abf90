import { CONNECTIONS } from './connections.js';
import { MODELS } from './models.js';
import type { EndpointsCalls } from './servers/endpoints.js';
import type { Bench, Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import { poolTurns, quantile } from './support/measure.js';
import { link, startProduct, waitUntil, type Product } from './support/product.js';

const ENDPOINTS = 100;
const MODELS_EACH = 10;
const PER_SECOND = 200;
/** The slowest hundredth are few requests, so a round has many turns; see `poolTurns`. */
const TURN_SECONDS = 0.5;
const TURNS = 12;
/**
 * Pause between two checks of an endpoint that does not answer; each takes 8 s. So nearly all of them are being checked
 * all the time.
 */
const OFFLINE_MAX_MS = 1_000;

/** How long readers wait while half of the endpoints accept connections and never answer. */
export const blackHoles: Scenario = async (bench) => {
  const healthy = await startWorkspace(bench, 0);
  const troubled = await startWorkspace(bench, ENDPOINTS / 2);
  const reads = [
    ['`models`', 'POST', '/graphql', MODELS],
    ['`connections`', 'POST', '/graphql', CONNECTIONS],
    ['`/v1/models`', 'GET', '/v1/models', null],
  ] as const;
  const before = await troubled.endpoints.call('received');
  const rows = [];
  for (const [name, method, route, query] of reads) {
    const body = query === null ? '' : JSON.stringify({ query });
    const latencies =
      ({ product }: Workspace) =>
      async () => {
        const url = `${product.url}${route}`;
        const request = {
          url,
          method,
          headers: product.headers,
          body,
          connections: 16,
          seconds: TURN_SECONDS,
          warm: true,
          perSecond: PER_SECOND,
        };
        const expect = { status: 200, least: ENDPOINTS * 20, most: Infinity };
        return (await bench.load.call('run', { ...request, expect })).latenciesMs;
      };
    const variants = { ours: latencies(troubled), theirs: latencies(healthy) };
    rows.push(
      await poolTurns({ rounds: bench.effort.rounds, turns: TURNS }, variants, (all) => quantile(all, 0.99), {
        claim: `${name} p99, half of ${ENDPOINTS} endpoints black holes`,
        against: 'all healthy',
        unit: 'ms',
        goal: { is: 'at most', value: 1.2 },
      }),
    );
  }
  const after = await troubled.endpoints.call('received');
  const checks = after.hanging - before.hanging;
  if (checks === 0) throw new Error('the black holes were not checked while reads were measured');
  const note = `of all requests of a round, ${TURNS} turns of ${TURN_SECONDS} s each; the ratio is that of all rounds together`;
  const meanwhile = `; ${PER_SECOND} requests/s; meanwhile black holes were asked ${checks} times`;
  return rows.map((row, index) => ({ ...row, note: index === 0 ? note + meanwhile : note }));
};

interface Workspace {
  readonly product: Product;
  readonly endpoints: ReturnType<typeof startChild<EndpointsCalls>>;
}

async function startWorkspace({ scope }: Bench, blackHoleCount: number): Promise<Workspace> {
  const endpoints = scope.use(startChild<EndpointsCalls>(new URL('./servers/endpoints.ts', import.meta.url)));
  const answering = ENDPOINTS - blackHoleCount;
  const urls = await endpoints.call('start', { count: ENDPOINTS, modelsEach: MODELS_EACH, hangFrom: answering });
  const product = await startProduct(scope, {
    entry: new URL('./servers/product.ts', import.meta.url),
    env: { BENCH_OFFLINE_MAX_MS: String(OFFLINE_MAX_MS) },
  });
  const hasSettled = async (): Promise<boolean> => {
    const { connections } = await product.graphql<{ connections: { status: string }[] }>('{ connections { status } }');
    const count = (status: string): number => connections.filter((one) => one.status === status).length;
    return count('ONLINE') === answering && count('OFFLINE') === blackHoleCount;
  };
  await link(product, urls, hasSettled);
  await waitUntil(async () => (await endpoints.call('received')).hanging >= blackHoleCount);
  return { product, endpoints };
}
