import type { Profile } from '../../profile.js';

const gemini: Profile = {
  id: 'M22',
  names: ['gemini'],
  title: "Gemini's OpenAI surface: ids with models/, errors in an array",
  kind: 'OPENAI',
  base: '/v1beta/openai',
  lists: { data: { id: '$id', object: 'model', owned_by: 'google', display_name: '$id' } },
  models: [{ id: 'models/gemini-2.5-flash' }, { id: 'models/gemini-embedding-001' }],
  errors: 'google-array',
};

const anthropic: Profile = {
  id: 'M23',
  names: ['anthropic'],
  title: 'Anthropic: x-api-key with a version header, pages by after_id',
  kind: 'OPENAI',
  base: '/v1',
  auth: { accepts: ['x-api-key'], requiredHeaders: ['anthropic-version'] },
  vars: { context: 200_000 },
  lists: {
    data: {
      type: 'model',
      id: '$id',
      display_name: '$id',
      created_at: '2026-02-19T00:00:00Z',
      max_input_tokens: '$context',
      capabilities: { image_input: { supported: true }, thinking: { supported: false } },
    },
  },
  catalogue: { data: '$data' },
  paging: { style: 'after-id', maxItems: 2 },
  models: ['claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5'].map((id) => ({ id })),
  errors: 'anthropic',
};

/** The list names base models; what may be called are deployments. */
const azureClassic: Profile = {
  id: 'M24',
  names: ['azure-classic'],
  title: 'Azure before v1: api-version in the query, deployments in the path',
  kind: 'OPENAI',
  base: '/openai',
  auth: {
    accepts: ['api-key', 'bearer'],
    refusal: {
      status: 401,
      json: { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } },
    },
  },
  lists: {
    data: {
      id: '$id',
      object: 'model',
      status: 'succeeded',
      created_at: 1_646_127_311,
      lifecycle_status: 'generally-available',
      capabilities: { fine_tune: false, inference: true, completion: false, chat_completion: true, embeddings: false },
    },
  },
  catalogue: null,
  models: [{ id: 'gpt-4o-2024-08-06' }, { id: 'gpt-4o-mini-2024-07-18' }],
  unknownModel: 'ignored',
  unknownPath: { status: 404, json: { error: { code: '404', message: 'Resource not found' } } },
  routes: [{ path: '/openai/models', query: 'api-version', reply: { json: { data: '$data', object: 'list' } } }],
  generation: { chatPaths: ['/openai/deployments/*/chat/completions'] },
  stream: {
    first: [
      { id: '', choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
      { choices: [{ index: 0, finish_reason: null, content_filter_results: {}, content_filter_offsets: {} }] },
    ],
  },
};

const azure: Profile = {
  id: 'M25',
  names: ['azure'],
  title: 'Azure v1: as OpenAI, under /openai/v1',
  kind: 'OPENAI',
  base: '/openai/v1',
  auth: { accepts: ['api-key', 'bearer'] },
  lists: { data: { id: '$id', object: 'model', created: 1_715_367_049, owned_by: 'system' } },
  models: [{ id: 'gpt-4o-2024-11-20' }],
};

const fireworks: Profile = {
  id: 'M26',
  names: ['fireworks'],
  title: 'Fireworks: ids with slashes, rows without a context',
  kind: 'OPENAI',
  base: '/inference/v1',
  vars: { chat: true },
  lists: {
    data: {
      id: '$id',
      object: 'model',
      owned_by: 'fireworks',
      created: 1_735_000_000,
      supports_chat: '$chat',
      context_length: 163_840,
    },
  },
  models: [
    { id: 'accounts/fireworks/models/deepseek-v3p1' },
    { id: 'accounts/fireworks/models/flux-1-dev', vars: { chat: false }, lists: { data: { context_length: null } } },
  ],
};

/** The list is elsewhere, and its items have a name in place of an id. */
const workersAi: Profile = {
  id: 'M28',
  names: ['cloudflare', 'workers-ai'],
  title: 'Cloudflare Workers AI: no GET on /models',
  kind: 'OPENAI',
  base: '/client/v4/accounts/0/ai/v1',
  lists: { found: { id: '7912c0ab', name: '$id', task: { name: 'Text Generation' } } },
  catalogue: null,
  models: [{ id: '@cf/meta/llama-3.1-8b-instruct' }],
  errors: 'cloudflare',
  routes: [
    {
      path: '/client/v4/accounts/0/ai/v1/models',
      reply: {
        status: 405,
        json: {
          success: false,
          result: null,
          messages: [],
          errors: [{ code: 7_001, message: 'GET not supported for requested URI.' }],
        },
      },
    },
    {
      path: '/client/v4/accounts/0/ai/models/search',
      reply: { json: { success: true, errors: [], messages: [], result: '$found' } },
    },
  ],
};

const gitHubModels: Profile = {
  id: 'M29',
  names: ['github-models'],
  title: 'GitHub Models, old host: the id is an address, the name is what may be called',
  kind: 'OPENAI',
  base: '',
  lists: {
    data: {
      id: 'azureml://registries/azure-openai/models/$id/versions/2',
      name: '$id',
      friendly_name: '$id',
      publisher: 'Azure OpenAI Service',
      task: 'chat-completion',
    },
  },
  catalogue: '$data',
  models: [{ id: 'gpt-4o' }, { id: 'Phi-4' }],
};

export const clouds: readonly Profile[] = [gemini, anthropic, azureClassic, azure, fireworks, workersAi, gitHubModels];
