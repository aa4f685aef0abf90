import { chat, MANY_CLIENTS } from './gateway.js';
import type { CheapEndpointCalls } from './servers/cheap-endpoint.js';
import type { PassThroughCalls } from './servers/pass-through.js';
import type { Bench, Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import { cpuMicroseconds } from './support/cpu-account.js';
import { interleave, toRow, type Row } from './support/measure.js';
import { isServed, link, startProduct } from './support/product.js';

/** One server between the client and the endpoint. */
interface Server {
  readonly pid: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a request costs the machine while the server is between many clients and an endpoint: CPU time of the server's
 * process alone. Requests a second tell less: client and endpoint share the machine, and a server that is slower lets
 * them take less of it.
 */
export const gatewayCpu: Scenario = async (bench) => {
  const { scope } = bench;
  const endpoint = await scope
    .use(startChild<CheapEndpointCalls>(new URL('./servers/cheap-endpoint.ts', import.meta.url)))
    .call('start');
  const passThrough = scope.use(startChild<PassThroughCalls>(new URL('./servers/pass-through.ts', import.meta.url)));
  const product = await startProduct(scope);
  await link(product, [endpoint], isServed(product), 'sk-bench-0123456789');
  const bare: Server = {
    pid: passThrough.pid,
    url: `${await passThrough.call('start', endpoint)}/chat/completions`,
    headers: { 'content-type': 'application/json' },
  };
  const ours: Server = {
    pid: product.pid,
    url: `${product.url}/v1/chat/completions`,
    headers: product.headers,
  };
  return [await row(bench, { bare, ours }, false), await row(bench, { bare, ours }, true)];
};

async function row({ load, effort }: Bench, servers: Record<'bare' | 'ours', Server>, isStream: boolean): Promise<Row> {
  const expect = isStream ? { status: 200, least: 3_000, most: 5_000 } : { status: 200, least: 500, most: 1_000 };
  const cost =
    ({ pid, url, headers }: Server) =>
    async () => {
      const before = cpuMicroseconds(pid);
      const { latenciesMs } = await load.call('run', {
        url,
        headers,
        method: 'POST',
        body: chat(isStream),
        connections: MANY_CLIENTS,
        seconds: effort.seconds,
        expect,
      });
      return (cpuMicroseconds(pid) - before) / latenciesMs.length;
    };
  const variants = { bare: cost(servers.bare), ours: cost(servers.ours) };
  await interleave(1, variants);
  const { bare, ours } = await interleave(effort.rounds, variants);
  return toRow(ours, bare, {
    claim: `gateway, ${isStream ? 'stream of 22 events' : 'non-stream'}, CPU of the server's process for a request`,
    against: 'a bare pass-through',
    unit: 'µs',
    goal: { is: 'at most', value: 1.5 },
    note: `user and system time as the operating system accounts it, ${String(MANY_CLIENTS)} clients, request log on`,
  });
}
