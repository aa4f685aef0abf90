import type { Profile } from '../../profile.js';

const OPENROUTER_MODEL_COUNT = 12;

const openRouter: Profile = {
  id: 'M16',
  names: ['openrouter'],
  title: 'OpenRouter: a public list, prices as strings',
  kind: 'OPENAI',
  base: '/api/v1',
  auth: {
    accepts: ['bearer'],
    open: ['/api/v1/models'],
    refusal: { status: 401, json: { error: { message: 'No auth credentials found', code: 401 } } },
  },
  vars: {
    context: 131_072,
    modality: 'text->text',
    inputs: ['text'],
    parameters: ['max_tokens', 'temperature', 'tools'],
    price: '0.0000002',
  },
  lists: {
    data: {
      id: '$id',
      canonical_slug: '$id',
      name: '$id',
      created: 1_760_000_000,
      description: 'A simulated model.',
      context_length: '$context',
      architecture: {
        modality: '$modality',
        input_modalities: '$inputs',
        output_modalities: ['text'],
        tokenizer: 'Other',
        instruct_type: null,
      },
      pricing: { prompt: '$price', completion: '0.0000008', request: '0', image: '0' },
      top_provider: { context_length: '$context', max_completion_tokens: null, is_moderated: false },
      per_request_limits: null,
      supported_parameters: '$parameters',
    },
  },
  catalogue: { data: '$data', total_count: '$count' },
  paging: { style: 'links-next', maxItems: 1_000 },
  models: [
    { id: 'anthropic/claude-sonnet-4.5', vars: { context: 1_000_000, inputs: ['text', 'image'] } },
    { id: 'google/gemini-2.5-flash', vars: { context: 1_048_576, inputs: ['text', 'image', 'audio'] } },
    { id: 'openai/gpt-4o-mini', vars: { context: 128_000, inputs: ['text', 'image'] } },
    { id: 'deepseek/deepseek-r1', vars: { context: 163_840, parameters: ['max_tokens', 'reasoning'] } },
    { id: 'openrouter/auto', lists: { data: { context_length: null } } },
    ...Array.from({ length: OPENROUTER_MODEL_COUNT }, (_, index) => ({ id: `example/model-${index + 1}` })),
  ],
  routes: [
    {
      path: '/api/v1/key',
      reply: { json: { data: { label: 'sk-or-v1-sim…', usage: 0, limit: null, is_free_tier: false } } },
    },
  ],
  stream: { prologue: [': OPENROUTER PROCESSING\n\n'], usage: 'always' },
};

const liteLlm: Profile = {
  id: 'M15',
  names: ['litellm'],
  title: 'LiteLLM with a wildcard: one item that is no model; its /health would call every model',
  kind: 'OPENAI',
  base: '/v1',
  openaiBases: ['/v1', ''],
  lists: { data: { id: '$id', object: 'model', created: 1_677_610_602, owned_by: 'openai' } },
  models: [{ id: '*' }],
  unknownModel: 'ignored',
  routes: [
    { path: '/health/liveliness', reply: { json: "I'm alive!" }, open: true },
    { path: '/health/readiness', reply: { json: { status: 'connected', db: 'Not connected' } }, open: true },
  ],
};

const perplexity: Profile = {
  id: 'M27',
  names: ['perplexity', 'no-model-list'],
  title: 'Perplexity: chat without a model list',
  kind: 'OPENAI',
  base: '',
  lists: { data: { id: '$id' } },
  catalogue: null,
  models: [{ id: 'sonar' }, { id: 'sonar-pro' }],
  unknownPath: { status: 404 },
  stream: { usage: 'every-chunk', openFinish: 'absent' },
};

const miniMax: Profile = {
  ...perplexity,
  id: 'M27b',
  names: ['minimax'],
  title: 'MiniMax, early: chat without a model list, said in plain text',
  base: '/v1',
  models: [{ id: 'MiniMax-M2.5' }],
  unknownPath: { status: 404, headers: [['Content-Type', 'text/plain']], text: '404 page not found' },
  stream: {},
};

const PAGE =
  '<!doctype html><html lang="en"><head><title>Gateway</title></head><body><div id="root"></div></body></html>';

/** Its URL is the one that people paste: the page, not the API. */
const singlePage: Profile = {
  id: 'M32',
  names: ['html-spa', 'spa'],
  title: 'A gateway whose web page answers every path but those under /v1',
  kind: 'OPENAI',
  base: '',
  openaiBases: ['/v1'],
  lists: { data: { id: '$id', object: 'model', created: 1_760_000_000, owned_by: 'gateway' } },
  models: [{ id: 'gateway-small' }, { id: 'gateway-large' }],
  unknownPath: { headers: [['Content-Type', 'text/html; charset=utf-8']], text: PAGE },
};

export const gateways: readonly Profile[] = [openRouter, liteLlm, perplexity, miniMax, singlePage];
