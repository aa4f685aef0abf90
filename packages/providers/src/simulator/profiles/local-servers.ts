import type { HeaderList, Json, Profile } from '../profile.js';

const VLLM_PERMISSION: Json = [
  {
    id: 'modelperm-0',
    object: 'model_permission',
    created: '$now',
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  },
];

const VLLM_CARD: Json = {
  id: '$id',
  object: 'model',
  created: '$now',
  owned_by: '$owner',
  root: '$id',
  parent: null,
  max_model_len: '$context',
  permission: VLLM_PERMISSION,
};

export const vllm: Profile = {
  id: 'M02',
  names: ['vllm'],
  title: 'vLLM with two models and a LoRA adapter',
  kind: 'OPENAI',
  base: '/v1',
  headers: [['server', 'uvicorn']],
  auth: { accepts: ['bearer'], guards: ['/v1'], refusal: { status: 401, json: { error: 'Unauthorized' } } },
  vars: { owner: 'vllm', context: 32_768 },
  lists: { data: VLLM_CARD },
  models: [
    { id: 'Qwen/Qwen2.5-7B-Instruct' },
    { id: 'meta-llama/Llama-3.1-8B-Instruct', vars: { context: 131_072 } },
    {
      id: 'sql-lora',
      lists: { data: { root: '/adapters/sql-lora', parent: 'Qwen/Qwen2.5-7B-Instruct', max_model_len: null } },
    },
  ],
  unknownPath: { status: 404, json: { detail: 'Not Found' } },
  wrongMethod: { status: 405, headers: [['allow', 'GET']], json: { detail: 'Method Not Allowed' } },
  unknownModel: {
    status: 404,
    json: { error: { message: 'The model `$id` does not exist.', type: 'NotFoundError', param: 'model', code: 404 } },
  },
  routes: [
    { path: '/health', reply: {}, open: true },
    { path: '/version', reply: { json: { version: '0.19.1' } }, open: true },
  ],
  stream: { headers: [['content-type', 'text/event-stream; charset=utf-8']] },
};

const LLAMA_HEADERS: HeaderList = [
  ['Server', 'llama.cpp'],
  ['Access-Control-Allow-Origin', ''],
];

export const llamaCpp: Profile = {
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
  catalogue: { models: '$models', object: 'list', data: '$data' },
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

export const lmStudio: Profile = {
  id: 'M10',
  names: ['lm-studio', 'lmstudio'],
  title: 'LM Studio: any unknown path is a 200',
  kind: 'OPENAI',
  base: '/v1',
  headers: [['X-Powered-By', 'Express']],
  lists: {
    data: { id: '$id', object: 'model', owned_by: 'organization_owner' },
    rich: {
      id: '$id',
      object: 'model',
      type: '$type',
      publisher: 'lmstudio-community',
      arch: 'llama',
      compatibility_type: 'gguf',
      quantization: 'Q4_K_M',
      state: 'not-loaded',
      max_context_length: '$context',
    },
  },
  vars: { context: 131_072, type: 'llm' },
  models: [
    { id: 'llama-3.2-3b-instruct' },
    { id: 'qwen2-vl-7b-instruct', vars: { context: 32_768, type: 'vlm' } },
    { id: 'text-embedding-nomic-embed-text-v1.5', vars: { context: 2_048, type: 'embeddings' } },
  ],
  catalogue: { data: '$data', object: 'list' },
  routes: [{ path: '/api/v0/models', reply: { json: { data: '$rich', object: 'list' } } }],
  unknownPath: { json: { error: 'Unexpected endpoint or method. ($method $path)' } },
  wrongMethod: { json: { error: 'Unexpected endpoint or method. ($method $path)' } },
};

export const localServers: readonly Profile[] = [vllm, llamaCpp, lmStudio];
