import type { EndpointKind, ModelSeed } from './profile.js';
import { startSimulator, type Simulator, type SimulatorOptions } from './simulator.js';

/** One of the endpoints that the demonstration links. */
export interface DemoEndpoint {
  readonly name: string;
  readonly kind: EndpointKind;
  readonly url: string;
  readonly apiKey: string | null;
  /** What to start for it; null: nothing, it is down. */
  readonly simulator: SimulatorOptions | null;
}

const VLLM_KEY = 'sk-demo-vllm-0123456789';
const OPENROUTER_KEY = 'sk-or-v1-demo-0123456789';

/** Where the first of six stands unless somebody says otherwise. */
export const DEMO_FIRST_PORT = 41_001;

/**
 * Endpoints of loopback at ports in a row, the same ones each time, so that a restarted demonstration finds them where
 * it linked them.
 */
export function demoEndpoints(firstPort: number = DEMO_FIRST_PORT): readonly DemoEndpoint[] {
  const at = (index: number, path = '') => `http://127.0.0.1:${String(firstPort + index)}${path}`;
  const models = openRouterModels();
  return [
    {
      name: 'vLLM on the GPU server',
      kind: 'OPENAI',
      url: at(0, '/v1'),
      apiKey: VLLM_KEY,
      simulator: { profile: 'vllm', port: firstPort, key: VLLM_KEY },
    },
    {
      name: 'llama.cpp on the workstation',
      kind: 'OPENAI',
      url: at(1, '/v1'),
      apiKey: null,
      simulator: { profile: 'llama-cpp', port: firstPort + 1 },
    },
    {
      name: 'OpenRouter',
      kind: 'OPENAI',
      url: at(2, '/api/v1'),
      apiKey: OPENROUTER_KEY,
      simulator: { profile: 'openrouter', port: firstPort + 2, key: OPENROUTER_KEY, overrides: { models } },
    },
    { name: 'LM Studio on a laptop', kind: 'OPENAI', url: at(3, '/v1'), apiKey: null, simulator: null },
    {
      name: 'Ollama',
      kind: 'OLLAMA',
      url: at(4),
      apiKey: null,
      simulator: { profile: 'ollama', port: firstPort + 4 },
    },
    {
      name: 'Ollama on the old server',
      kind: 'OLLAMA',
      url: at(5),
      apiKey: null,
      simulator: { profile: 'ollama-slow', port: firstPort + 5, models: ['llama3.2:latest', 'gemma3:4b'] },
    },
  ];
}

/** Starts all that are not down. Rejects, with none left running, when a port is taken. */
export async function startDemoEndpoints(endpoints: readonly DemoEndpoint[]): Promise<readonly Simulator[]> {
  const options = endpoints.flatMap(({ simulator }) => (simulator === null ? [] : [simulator]));
  const results = await Promise.allSettled(options.map((one) => startSimulator(one)));
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return running;
  await Promise.all(running.map((simulator) => simulator.close()));
  throw failed.reason;
}

/** Three hundred, with contexts and inputs that differ. */
function openRouterModels(): readonly ModelSeed[] {
  const vendors = [
    'anthropic/claude',
    'google/gemini',
    'meta-llama/llama',
    'mistralai/mistral',
    'openai/gpt',
    'qwen/qwen',
  ];
  const sizes = ['nano', 'mini', 'small', 'medium', 'large'];
  const contexts = [8_192, 32_768, 131_072, 200_000, 1_048_576];
  return vendors.flatMap((vendor, vendorIndex) =>
    sizes.flatMap((size, sizeIndex) =>
      Array.from({ length: 10 }, (_, version) => ({
        id: `${vendor}-${version + 1}-${size}`,
        vars: {
          context: contexts[(vendorIndex + sizeIndex + version) % contexts.length] ?? 8_192,
          inputs: version % 3 === 0 ? ['text', 'image'] : ['text'],
        },
      })),
    ),
  );
}
