import type { Profile } from '../../profile.js';

const lmStudio: Profile = {
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

/** From 0.4 on. */
const lmStudioNew: Profile = {
  ...lmStudio,
  id: 'M11',
  names: ['lm-studio-v1'],
  title: 'LM Studio with its own list at /api/v1/models',
  lists: {
    ...lmStudio.lists,
    own: {
      key: '$id',
      display_name: '$id',
      type: '$type',
      max_context_length: '$context',
      loaded_instances: [{ id: '$id', config: { context_length: 4_096 } }],
      capabilities: { vision: false, trained_for_tool_use: true },
    },
  },
  routes: [...(lmStudio.routes ?? []), { path: '/api/v1/models', reply: { json: { models: '$own' } } }],
};

export const lmStudioFamily: readonly Profile[] = [lmStudio, lmStudioNew];
