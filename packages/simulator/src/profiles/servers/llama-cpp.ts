import type { Profile } from '../../profile.js';
import type { HeaderList, Json, Reply } from '../../reply.js';

const LLAMA_HEADERS: HeaderList = [
  ['Server', 'llama.cpp'],
  ['Access-Control-Allow-Origin', ''],
];

const CATALOGUE: Json = { models: '$models', object: 'list', data: '$data' };

const llamaCpp: Profile = {
  id: 'M05',
  names: ['llama-cpp', 'llama.cpp', 'llama-server'],
  title: 'llama.cpp server with one model',
  kind: 'OPENAI',
  base: '/v1',
  openaiBases: ['/v1', ''],
  headers: LLAMA_HEADERS,
  auth: {
    accepts: ['bearer', 'x-api-key'],
    authorizationWins: true,
    open: ['/health', '/v1/health'],
    refusal: { status: 401, json: { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } } },
  },
  vars: { context: 2_048, trained: 32_768 },
  lists: {
    data: {
      id: '$id',
      aliases: ['$id'],
      tags: [],
      object: 'model',
      created: '$now',
      owned_by: 'llamacpp',
      meta: {
        vocab_type: 1,
        n_vocab: 262_144,
        n_ctx: '$context',
        n_ctx_train: '$trained',
        n_embd: 640,
        n_params: 268_098_176,
        size: 246_587_904,
        ftype: 'Q4_K - Medium',
      },
    },
    models: {
      name: '$id',
      model: '$id',
      modified_at: '',
      size: '',
      digest: '',
      type: 'model',
      description: '',
      tags: [''],
      capabilities: ['completion'],
      parameters: '',
      details: {
        parent_model: '',
        format: 'gguf',
        family: '',
        families: [''],
        parameter_size: '',
        quantization_level: '',
      },
    },
  },
  catalogue: CATALOGUE,
  noModelRoute: true,
  models: [{ id: 'gemma-3-270m' }],
  errors: 'llama.cpp',
  unknownPath: {
    status: 404,
    json: { error: { message: 'File Not Found', type: 'not_found_error', code: 404 } },
  },
  unknownModel: 'ignored',
  routes: [
    { path: '/health', reply: { json: { status: 'ok' } } },
    { path: '/v1/health', reply: { json: { status: 'ok' } } },
    {
      path: '/props',
      reply: {
        json: { default_generation_settings: { n_ctx: 2_048 }, total_slots: 4, model_path: '/models/gemma.gguf' },
      },
    },
  ],
  generation: {
    extra: { system_fingerprint: 'b0-unknown' },
    malformedStatus: 500,
    contextWords: 2_048,
    embeddings: {
      status: 501,
      json: {
        error: {
          code: 501,
          message: 'This server does not support embeddings. Start it with `--embeddings`',
          type: 'not_supported_error',
        },
      },
    },
  },
  stream: {
    roleContent: null,
    join: 'first',
    headers: [
      ['X-Accel-Buffering', 'no'],
      ['Content-Type', 'text/event-stream'],
    ],
  },
};

const LOADING: Reply = {
  status: 503,
  headers: [['Content-Type', 'application/json; charset=utf-8']],
  json: { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } },
};

/** Before the project's change 22165 it answered Ollama's paths in OpenAI's format. */
const posesAsOllama: Profile = {
  ...llamaCpp,
  id: 'M06',
  names: ['llama-cpp-old', 'llama-cpp-api-tags'],
  title: 'An older llama.cpp server that answers /api/tags',
  models: [{ id: '/models/My Models/gemma-3-270m-Q4_K_M.gguf', lists: { data: { meta: null } } }],
  routes: [
    ...(llamaCpp.routes ?? []),
    { path: '/api/tags', reply: { json: CATALOGUE } },
    {
      method: 'POST',
      path: '/api/show',
      reply: { json: { template: '', model_info: {}, capabilities: ['completion'] } },
    },
  ],
  generation: { ...llamaCpp.generation, chatPaths: ['/api/chat'] },
};

const loading: Profile = {
  ...llamaCpp,
  id: 'M07',
  names: ['llama-cpp-loading'],
  title: 'A llama.cpp server that reads its model and answers 503 on every route, with any key',
  everything: LOADING,
};

const openList: Profile = {
  ...llamaCpp,
  id: 'M08',
  names: ['llama-cpp-open-list'],
  title: 'A llama.cpp server whose model list needs no key',
  auth: { ...llamaCpp.auth, accepts: ['bearer', 'x-api-key'], open: ['/health', '/v1/models', '/models'] },
};

const loadingAsRecorded: Profile = {
  ...loading,
  id: 'L01',
  names: ['llama-server-loading'],
};

export const llamaCppFamily: readonly Profile[] = [llamaCpp, posesAsOllama, loading, openList, loadingAsRecorded];
