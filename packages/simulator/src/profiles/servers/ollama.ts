import type { ModelSeed, OllamaRule, Profile } from '../../profile.js';

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

const ollama: Profile = {
  id: 'O02',
  names: ['ollama'],
  title: 'Ollama with four models',
  kind: 'OLLAMA',
  base: '',
  openaiBases: ['/v1'],
  // A local server does not look at keys; one behind a proxy is given one by the option.
  auth: { accepts: ['bearer', 'basic'], refusal: { status: 401, json: { error: 'unauthorized' } } },
  lists: { data: { id: '$id', object: 'model', created: 1_762_071_327, owned_by: 'library' } },
  emptyCatalogue: { object: 'list', data: null },
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

const RULE: OllamaRule = { version: '0.33.0', loaded: ['llama3.2:latest'] };

function variant(id: string, names: readonly string[], title: string, changes: Partial<Profile>): Profile {
  return { ...ollama, id, names, title, ...changes };
}

export const ollamaProfiles: readonly Profile[] = [
  ollama,
  variant('O01', ['ollama-methods'], 'Ollama: 405 for a wrong method, 404 in plain text', {}),
  variant('M31', ['ollama-empty'], 'Ollama with nothing installed', { models: [] }),
  variant('O03', ['ollama-old'], 'An older Ollama: capabilities and context only in /api/show', {
    ollama: { ...RULE, version: '0.6.8', plainTags: true },
  }),
  variant('O03b', ['ollama-no-info'], 'An older Ollama whose /api/show has an empty model_info', {
    ollama: { ...RULE, version: '0.6.8', plainTags: true, emptyModelInfo: true },
  }),
  variant('O04', ['ollama-loaded'], 'Ollama with two models in memory, half of it on the processor', {
    ollama: { ...RULE, loaded: ['llama3.2:latest', 'qwen3:8b'], loadedContext: 8_192, vramShare: 0.5 },
  }),
  variant('O05', ['ollama-pull-retries'], 'Ollama whose pulls fall back at times', {
    ollama: { ...RULE, pull: { retries: true } },
  }),
  variant('O06', ['ollama-pull-fails'], 'Ollama whose pulls fail after the layers', {
    ollama: { ...RULE, pull: { failure: 'max retries exceeded: unexpected EOF' } },
  }),
  variant('O06b', ['ollama-pull-ends'], 'Ollama whose pulls end without success', {
    ollama: { ...RULE, pull: { failure: '' } },
  }),
  variant('O07', ['ollama-slow-pull'], 'Ollama whose pulls take twenty seconds', {
    ollama: { ...RULE, pull: { steps: 100, intervalMs: 100 } },
  }),
  variant('O08', ['ollama-manage'], 'Ollama: copy and delete answer with nothing', {}),
  variant('O09', ['ollama-create'], 'Ollama: create streams as pull does; embed', {}),
  variant('O10', ['ollama-chat'], 'Ollama: chat as JSON lines', {}),
  variant('O11', ['ollama-load'], 'Ollama: a chat without messages loads, or unloads', {
    ollama: { version: '0.33.0' },
  }),
  variant('O12', ['ollama-busy'], 'Ollama with too many requests waiting', {
    routes: ['/api/chat', '/api/generate', '/api/embed', '/v1/chat/completions'].map((path) => ({
      method: 'POST',
      path,
      reply: { status: 503, json: { error: 'server busy, please try again.  maximum pending requests exceeded' } },
    })),
  }),
  variant('O12b', ['ollama-stream-error'], 'Ollama whose streams end in an error line', {
    ollama: { ...RULE, streamError: { afterTokens: 2, message: 'llama runner process has terminated' } },
  }),
  variant('O13', ['ollama-reasoning'], 'Ollama: reasoning in the delta of /v1', {
    stream: { ...ollama.stream, reasoning: { as: 'reasoning', text: 'Hm.' } },
  }),
  // What goes wrong in its engine arrives as an empty delta, and the stream ends.
  variant('O14', ['ollama-swallowed-error'], 'Ollama: an error under /v1 becomes an empty delta and a clean end', {
    stream: {
      role: 'every-delta',
      done: false,
      error: {
        afterTokens: 2,
        frame: {
          id: 'chatcmpl-1',
          object: 'chat.completion.chunk',
          created: 1_762_071_327,
          model: '',
          system_fingerprint: 'fp_ollama',
          choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
        },
      },
    },
  }),
  variant('O15', ['ollama-foreign'], 'Ollama: 403 without a body for a foreign Origin or Host', {}),
  variant('O16', ['ollama-cloud'], 'Ollama behind a key, with stubs of models that run elsewhere', {
    key: 'ollama-simulated-key',
    models: [
      { id: 'gpt-oss:120b-cloud', vars: { size: 384, remoteHost: 'https://ollama.example:443', family: 'gptoss' } },
      ...OLLAMA_MODELS,
    ],
  }),
  variant('O17', ['ollama-names'], 'Ollama with names that have slashes, colons and capitals', {
    models: ['hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M', 'Mixed-Case:Latest', 'library/plain:latest'].map(
      (id) => ({ id }),
    ),
  }),
  variant('O18', ['ollama-slow'], 'Ollama that takes 2.5 seconds for everything', { slowMs: 2_500 }),
];
