import type { ModelSeed, Profile } from '../profile.js';

const OLLAMA_MODELS: readonly ModelSeed[] = [
  { id: 'llama3.2:latest', vars: { capabilities: ['completion', 'tools'] } },
  {
    id: 'gemma3:4b',
    vars: {
      size: 3_338_801_804,
      family: 'gemma3',
      parameterSize: '4.3B',
      context: 131_072,
      embedding: 2_560,
      capabilities: ['completion', 'vision'],
    },
  },
  {
    id: 'qwen3:8b',
    vars: {
      size: 5_225_388_164,
      family: 'qwen3',
      parameterSize: '8.2B',
      context: 40_960,
      embedding: 4_096,
      capabilities: ['completion', 'tools', 'thinking'],
    },
  },
  {
    id: 'nomic-embed-text:latest',
    vars: {
      size: 274_302_450,
      family: 'nomic-bert',
      parameterSize: '137M',
      quantization: 'F16',
      context: 2_048,
      embedding: 768,
      capabilities: ['embedding'],
    },
  },
];

export const ollama: Profile = {
  id: 'O02',
  names: ['ollama'],
  title: 'Ollama with four models',
  kind: 'OLLAMA',
  base: '',
  openaiBases: ['/v1'],
  // A local server does not look at keys; one behind a proxy is given one by the option.
  auth: { accepts: ['bearer', 'basic'], refusal: { status: 401, json: { error: 'unauthorized' } } },
  lists: { data: { id: '$id', object: 'model', created: 1_762_071_327, owned_by: 'library' } },
  models: OLLAMA_MODELS,
  unknownPath: { status: 404, headers: [['Content-Type', 'text/plain']], text: '404 page not found' },
  wrongMethod: {
    status: 405,
    headers: [['Content-Type', 'text/plain']],
    text: '405 method not allowed',
  },
  unknownModel: {
    status: 404,
    json: { error: { message: "model '$id' not found", type: 'not_found_error', param: null, code: null } },
  },
  foreignHost: { status: 403 },
  foreignOrigin: { status: 403 },
  generation: { extra: { system_fingerprint: 'fp_ollama' } },
  stream: { role: 'every-delta', join: 'last' },
  ollama: { version: '0.33.0', loaded: ['llama3.2:latest'] },
};

export const ollamaProfiles: readonly Profile[] = [ollama];
