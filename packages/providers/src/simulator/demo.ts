import type { EndpointKind } from '../provider.js';
import type { ModelSeed } from './profile.js';
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

/** Endpoints at fixed ports of loopback, so that a restarted demonstration finds them where it linked them. */
export const demoEndpoints: readonly DemoEndpoint[] = [
  {
    name: 'vLLM on the GPU server',
    kind: 'OPENAI',
    url: 'http://127.0.0.1:41001/v1',
    apiKey: VLLM_KEY,
    simulator: { profile: 'vllm', port: 41_001, key: VLLM_KEY },
  },
  {
    name: 'llama.cpp on the workstation',
    kind: 'OPENAI',
    url: 'http://127.0.0.1:41002/v1',
    apiKey: null,
    simulator: { profile: 'llama-cpp', port: 41_002 },
  },
  {
    name: 'OpenRouter',
    kind: 'OPENAI',
    url: 'http://127.0.0.1:41003/api/v1',
    apiKey: OPENROUTER_KEY,
    simulator: { profile: 'openrouter', port: 41_003, key: OPENROUTER_KEY, overrides: { models: openRouterModels() } },
  },
  {
    name: 'LM Studio on a laptop',
    kind: 'OPENAI',
    url: 'http://127.0.0.1:41004/v1',
    apiKey: null,
    simulator: null,
  },
  {
    name: 'Ollama',
    kind: 'OLLAMA',
    url: 'http://127.0.0.1:41005',
    apiKey: null,
    simulator: { profile: 'ollama', port: 41_005 },
  },
  {
    name: 'Ollama on the old server',
    kind: 'OLLAMA',
    url: 'http://127.0.0.1:41006',
    apiKey: null,
    simulator: { profile: 'ollama-slow', port: 41_006, models: ['llama3.2:latest', 'gemma3:4b'] },
  },
];

/** Starts all that are not down. Rejects, with none left running, when a port is taken. */
export async function startDemoEndpoints(): Promise<readonly Simulator[]> {
  const options = demoEndpoints.flatMap(({ simulator }) => (simulator === null ? [] : [simulator]));
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
