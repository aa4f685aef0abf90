import type { Profile } from '../../profile.js';

const openAi: Profile = {
  id: 'M01',
  names: ['openai'],
  title: 'OpenAI: chat, embedding, speech and image models in one list',
  kind: 'OPENAI',
  base: '/v1',
  headers: [['openai-version', '2020-10-01']],
  lists: { data: { id: '$id', object: 'model', created: 1_721_172_741, owned_by: '$owner' } },
  vars: { owner: 'system' },
  models: [
    'gpt-4o-mini',
    'gpt-4o',
    'text-embedding-3-small',
    'tts-1',
    'whisper-1',
    'dall-e-3',
    'omni-moderation-latest',
  ].map((id) => ({ id })),
  unknownModel: {
    status: 404,
    json: {
      error: {
        message: 'The model `$id` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    },
  },
};

const together: Profile = {
  id: 'M17',
  names: ['together'],
  title: 'Together: the list is a bare array',
  kind: 'OPENAI',
  base: '/v1',
  vars: { context: 131_072, type: 'chat' },
  lists: {
    data: {
      id: '$id',
      object: 'model',
      created: 0,
      type: '$type',
      display_name: '$id',
      organization: 'Meta',
      context_length: '$context',
    },
  },
  catalogue: '$data',
  models: [
    { id: 'meta-llama/Llama-3.3-70B-Instruct-Turbo' },
    { id: 'black-forest-labs/FLUX.1-schnell', vars: { type: 'image' }, lists: { data: { context_length: null } } },
    { id: 'BAAI/bge-large-en-v1.5', vars: { type: 'embedding', context: 512 } },
  ],
};

const groq: Profile = {
  id: 'M18',
  names: ['groq'],
  title: 'Groq: context_window, and models that are not active',
  kind: 'OPENAI',
  base: '/openai/v1',
  vars: { active: true },
  lists: {
    data: {
      id: '$id',
      object: 'model',
      created: 1_733_447_754,
      owned_by: 'Meta',
      active: '$active',
      context_window: 131_072,
      public_apps: null,
      max_completion_tokens: 32_768,
    },
  },
  models: [{ id: 'llama-3.3-70b-versatile' }, { id: 'llama-guard-3-8b', vars: { active: false } }],
  stream: { usage: 'x-groq', reasoning: { as: 'reasoning', text: 'Short.' } },
};

const MISTRAL_CHAT = { completion_chat: true, completion_fim: false, function_calling: true, fine_tuning: false };

const mistral: Profile = {
  id: 'M19',
  names: ['mistral'],
  title: 'Mistral: capabilities as a map, aliases as rows of their own',
  kind: 'OPENAI',
  base: '/v1',
  vars: { aliases: ['mistral-large-latest'], context: 131_072, capabilities: { ...MISTRAL_CHAT, vision: true } },
  lists: {
    data: {
      id: '$id',
      object: 'model',
      created: '$now',
      owned_by: 'mistralai',
      capabilities: '$capabilities',
      name: 'mistral-large-2512',
      description: 'A simulated model.',
      max_context_length: '$context',
      aliases: '$aliases',
      deprecation: null,
      default_model_temperature: 0.7,
      type: 'base',
    },
  },
  models: [
    { id: 'mistral-large-2512' },
    { id: 'mistral-large-latest', vars: { aliases: ['mistral-large-2512'] } },
    { id: 'mistral-embed', vars: { aliases: [], context: 32_768, capabilities: { completion_chat: false } } },
  ],
  errors: 'mistral',
  stream: {
    usage: 'finish-chunk',
    refuseOptions: { status: 422, json: { object: 'error', message: { detail: [{ msg: 'Extra inputs' }] } } },
  },
};

const deepSeek: Profile = {
  id: 'M20',
  names: ['deepseek'],
  title: 'DeepSeek: no created, also without /v1, blank lines before JSON',
  kind: 'OPENAI',
  base: '/v1',
  openaiBases: ['/v1', ''],
  lists: { data: { id: '$id', object: 'model', owned_by: 'deepseek' } },
  models: [{ id: 'deepseek-chat' }, { id: 'deepseek-reasoner' }],
  generation: { jsonPrefix: '\n\n\n' },
  stream: {
    prologue: [': keep-alive\n\n'],
    usage: 'null-until-finish',
    reasoning: { as: 'reasoning_content', text: 'Let me think.' },
  },
};

const xAi: Profile = {
  id: 'M21',
  names: ['xai'],
  title: 'xAI: a plain list, a rich one on a route of its own',
  kind: 'OPENAI',
  base: '/v1',
  lists: {
    data: { id: '$id', object: 'model', created: 1_743_724_800, owned_by: 'xai' },
    rich: {
      id: '$id',
      object: 'model',
      created: 1_743_724_800,
      owned_by: 'xai',
      aliases: [],
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      prompt_text_token_price: 30_000,
    },
  },
  models: [{ id: 'grok-4' }, { id: 'grok-3-mini' }],
  errors: 'xai',
  routes: [{ path: '/v1/language-models', reply: { json: { models: '$rich' } } }],
  stream: { openFinish: 'absent' },
};

export const hosted: readonly Profile[] = [openAi, together, groq, mistral, deepSeek, xAi];
