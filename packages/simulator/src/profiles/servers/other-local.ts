import type { Profile } from '../../profile.js';

const tgi: Profile = {
  id: 'M09',
  names: ['tgi'],
  title: 'Text Generation Inference: an open list, and refusals without a body',
  kind: 'OPENAI',
  base: '/v1',
  auth: { accepts: ['bearer'], open: ['/v1/models', '/health', '/info'], refusal: { status: 401 } },
  lists: { data: { id: '$id', object: 'model', created: 0, owned_by: '$id' } },
  models: [{ id: 'HuggingFaceH4/zephyr-7b-beta' }],
  errors: 'tgi',
  unknownModel: 'ignored',
  routes: [
    { path: '/health', reply: {} },
    {
      path: '/info',
      reply: { json: { model_id: 'HuggingFaceH4/zephyr-7b-beta', max_total_tokens: 4_096, version: '3.3.5' } },
    },
  ],
  stream: { heartbeat: ':\n\n' },
};

const localAi: Profile = {
  id: 'M12',
  names: ['local-ai', 'localai'],
  title: 'LocalAI: bare items, capabilities on a route of their own, three places for a key',
  kind: 'OPENAI',
  base: '/v1',
  openaiBases: ['/v1', ''],
  auth: { accepts: ['bearer', 'x-api-key', 'xi-api-key'], open: ['/readyz', '/healthz'] },
  vars: { capabilities: ['FLAG_CHAT', 'FLAG_COMPLETION'], inputs: ['text'] },
  lists: {
    data: { id: '$id', object: 'model' },
    capable: {
      id: '$id',
      object: 'model',
      capabilities: '$capabilities',
      input_modalities: '$inputs',
      output_modalities: ['text'],
    },
    tags: {
      name: '$id',
      model: '$id',
      modified_at: '$nowIso',
      size: 0,
      digest: 'sha256:$digest',
      details: { parent_model: '', format: '', family: '', families: [], parameter_size: '', quantization_level: '' },
    },
  },
  models: [
    { id: 'gpt-4', vars: { inputs: ['text', 'image'] } },
    { id: 'bert-embeddings', vars: { capabilities: ['FLAG_EMBEDDINGS'] } },
  ],
  loading: { status: 503 },
  routes: [
    { path: '/v1/models/capabilities', reply: { json: { object: 'list', data: '$capable' } } },
    { path: '/readyz', reply: {} },
    { path: '/healthz', reply: {} },
  ],
};

/** It has no route that pulls or deletes. */
const localAiAsOllama: Profile = {
  ...localAi,
  id: 'M13',
  names: ['local-ai-ollama'],
  title: 'LocalAI posing as Ollama',
  routes: [
    ...(localAi.routes ?? []),
    { path: '/', reply: { text: 'Ollama is running' } },
    { path: '/api/version', reply: { json: { version: '0.9.0' } } },
    { path: '/api/tags', reply: { json: { models: '$tags' } } },
    {
      method: 'POST',
      path: '/api/show',
      reply: { json: { details: {}, model_info: {}, capabilities: ['completion'] } },
    },
  ],
};

const textGeneration: Profile = {
  id: 'M14',
  names: ['text-generation-webui', 'oobabooga'],
  title: 'text-generation-webui before a model is loaded: an empty list that is healthy',
  kind: 'OPENAI',
  base: '/v1',
  lists: { data: { id: '$id', object: 'model', created: 0, owned_by: 'user' } },
  models: [],
  errors: 'fastapi',
  unknownModel: 'ignored',
  foreignHost: { status: 400, json: { detail: 'Invalid host header' } },
  routes: [{ path: '/v1/internal/model/info', reply: { json: { model_name: 'None', lora_names: [] } } }],
  stream: { newline: '\n' },
};

const openVino: Profile = {
  id: 'M30',
  names: ['ovms', 'openvino'],
  title: 'OpenVINO Model Server: its API is under /v3',
  kind: 'OPENAI',
  base: '/v3',
  lists: { data: { id: '$id', object: 'model', created: 1_760_000_000, owned_by: 'OVMS' } },
  models: [{ id: 'OpenVINO/Phi-3.5-mini-instruct-int4-ov' }],
  errors: 'flat',
  unknownPath: { status: 404, json: { error: 'Invalid request URL' } },
};

export const otherLocal: readonly Profile[] = [tgi, localAi, localAiAsOllama, textGeneration, openVino];
