import { startSimulators, type Simulators } from '@intrallm/simulator';
import { answerCalls } from '../support/child.js';

/** Simulated endpoints, each at a port of its own. */
export interface EndpointsCalls {
  /** Gives their URLs. Those from `hangFrom` on accept requests and never answer. */
  start(options: EndpointsOptions): Promise<string[]>;
  /** Requests received so far, by those that answer and by those that hang; the last 1,000 of each endpoint count. */
  received(): { answering: number; hanging: number };
  /** When the first request came, as Date.now. */
  firstRequestAt(): number | null;
  /** From now on the endpoint refuses the key, or takes it again. */
  setRefusing(options: { index: number; isRefusing: boolean }): Promise<void>;
}

interface EndpointsOptions {
  readonly count: number;
  readonly modelsEach: number;
  /** Of the simulator. Default: vllm, whose check takes two requests, one for its version. */
  readonly profile?: string;
  readonly hangFrom?: number;
  readonly slowMs?: number;
}

let simulators: Simulators | null = null;
let hangFrom = Infinity;

answerCalls<EndpointsCalls>({
  start: async (options) => {
    hangFrom = options.hangFrom ?? Infinity;
    const modelsOf = (index: number) =>
      Array.from({ length: options.modelsEach }, (_, n) => `organisation-${index}/model-${n}-instruct`);
    simulators = await startSimulators(
      options.count,
      (index) => ({ profile: options.profile ?? 'vllm', key: null, models: modelsOf(index) }),
      {
        by: 'port',
      },
    );
    for (const [index, { control }] of simulators.endpoints.entries()) {
      if (index >= hangFrom) control.hang();
      else if (options.slowMs !== undefined) control.slow(options.slowMs);
    }
    return simulators.endpoints.map(({ url }) => url);
  },
  received: () => {
    const counts = { answering: 0, hanging: 0 };
    for (const [index, { requests }] of (simulators?.endpoints ?? []).entries()) {
      counts[index < hangFrom ? 'answering' : 'hanging'] += requests.length;
    }
    return counts;
  },
  firstRequestAt: () => {
    const times = (simulators?.endpoints ?? []).flatMap(({ requests }) => requests[0]?.at.getTime() ?? []);
    return times.length === 0 ? null : Math.min(...times);
  },
  setRefusing: async ({ index, isRefusing }) => {
    const control = simulators?.endpoints[index]?.control;
    if (isRefusing) control?.unauthorized();
    else await control?.reset();
  },
});
