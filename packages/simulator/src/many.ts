import { SimulatedEndpoint, type Carrier } from './serving/endpoint.js';
import {
  describeSimulator,
  Listener,
  resolveProfile,
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from './simulator.js';

export type ManyOptions = Pick<SimulatorOptions, 'profile' | 'key' | 'models' | 'overrides'>;

export interface Simulators {
  readonly endpoints: readonly Simulator[];
  close(): Promise<void>;
}

/**
 * Starts many endpoints in this process. By path (the default) they share one port, `/e/17/v1`, and one that is
 * `down` resets its requests; by port each listens on its own. Options may depend on the index, which counts from 0.
 */
export async function startSimulators(
  count: number,
  options: ManyOptions | ((index: number) => ManyOptions),
  { by = 'path', host = '127.0.0.1', port = 0 }: { by?: 'path' | 'port'; host?: string; port?: number } = {},
): Promise<Simulators> {
  const all = Array.from({ length: count }, (_, index) => (typeof options === 'function' ? options(index) : options));
  if (by === 'port') return startByPort(all, host);
  const switches = all.map(() => new Switch());
  const endpoints = all.map(
    (one, index) =>
      new SimulatedEndpoint(resolveProfile(one), { key: one.key, models: one.models }, switches[index] ?? new Switch()),
  );
  const listener = await Listener.start({}, host, port, (request, response) => {
    const [, number, path = '/'] = /^\/e\/(\d+)(\/.*)?$/.exec(request.url ?? '') ?? [];
    const index = Number(number);
    const endpoint = endpoints[index];
    if (endpoint === undefined) response.writeHead(404).end();
    else if (switches[index]?.isUp === false) request.socket.resetAndDestroy();
    else endpoint.serve(request, response, path);
  });
  return {
    endpoints: endpoints.map((endpoint, index) =>
      describeSimulator(endpoint, listener.origin, listener.port, `/e/${index}`, () => endpoint.control.down()),
    ),
    close: () => listener.close(),
  };
}

async function startByPort(all: readonly ManyOptions[], host: string): Promise<Simulators> {
  const endpoints = await Promise.all(all.map((options) => startSimulator({ ...options, host })));
  return {
    endpoints,
    close: async () => {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  };
}

class Switch implements Carrier {
  isUp = true;

  down(): Promise<void> {
    this.isUp = false;
    return Promise.resolve();
  }

  up(): Promise<void> {
    this.isUp = true;
    return Promise.resolve();
  }
}
