import type { Profile } from '../profile.js';

const OPENROUTER_MODEL_COUNT = 12;

export const openRouter: Profile = {
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

export const hosted: readonly Profile[] = [openRouter];
