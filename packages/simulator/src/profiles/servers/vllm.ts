import type { Profile } from '../../profile.js';
import type { Json } from '../../reply.js';

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

const vllm: Profile = {
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

/** Its "live" route answers before the model is there, its "ready" route does not. */
const nim: Profile = {
  ...vllm,
  id: 'M03',
  names: ['nim', 'nvidia-nim'],
  title: 'NVIDIA NIM: the shape of vLLM, with health routes of its own',
  vars: { owner: 'system', context: 8_192 },
  models: [{ id: 'meta/llama-3.1-8b-instruct' }],
  routes: [
    { path: '/v1/health/live', reply: { json: { object: 'health.response', message: 'live' } }, open: true },
    { path: '/v1/health/ready', reply: { json: { object: 'health.response', message: 'ready' } }, open: true },
    { path: '/v1/metadata', reply: { json: { version: '1.8.3', modelInfo: [] } }, open: true },
  ],
};

const sgLang: Profile = {
  ...vllm,
  id: 'M04',
  names: ['sglang'],
  title: 'SGLang: cards with root and max_model_len, no permission',
  vars: { owner: 'sglang', context: 40_960 },
  lists: {
    data: { id: '$id', object: 'model', created: '$now', owned_by: '$owner', root: '$id', max_model_len: '$context' },
  },
  models: [{ id: 'Qwen/Qwen3-8B' }],
  unknownModel: {
    status: 404,
    json: {
      error: {
        message: "The model '$id' does not exist",
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    },
  },
  routes: [{ path: '/health', reply: {}, open: true }],
};

export const vllmFamily: readonly Profile[] = [vllm, nim, sgLang];
