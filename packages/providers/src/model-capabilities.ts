import type { ModelCapability } from './provider.js';

// How servers call what a model can do. A name that is not here says nothing that we could show.
const BY_NAME: ReadonlyMap<string, readonly ModelCapability[]> = new Map<string, readonly ModelCapability[]>([
  ...names(['chat', 'chat_completion', 'completion_chat', 'supports_chat'], 'CHAT'),
  ...names(['completion_fim', 'insert', 'text_completion'], 'COMPLETION'),
  // "completion" is what llama.cpp and Ollama say of a model that writes text, in answer to either kind of request.
  ['completion', ['CHAT', 'COMPLETION']],
  ...names(['embedding', 'embeddings', 'embed', 'text_embedding'], 'EMBEDDING'),
  ...names(['vision', 'image_input', 'supports_image_input'], 'VISION'),
  ...names(
    ['tools', 'tool_use', 'tool_calling', 'function_calling', 'trained_for_tool_use', 'supports_tools'],
    'TOOLS',
  ),
  ...names(['thinking', 'reasoning', 'include_reasoning'], 'THINKING'),
  ...names(
    ['audio', 'audio_input', 'audio_transcription', 'transcription', 'transcript', 'transcribe', 'tts', 'speech'],
    'AUDIO',
  ),
  ...names(['image', 'image_generation', 'images'], 'IMAGE'),
  ...names(['rerank', 'reranker', 'reranking'], 'RERANK'),
]);

function names(all: readonly string[], capability: ModelCapability): [string, readonly ModelCapability[]][] {
  return all.map((name) => [name, [capability]]);
}

/** What one name of a server's stands for; empty where it stands for nothing that we show. */
export function capabilityNamed(name: string): readonly ModelCapability[] {
  const plain = name
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/^flag_/, '');
  return BY_NAME.get(plain) ?? [];
}

const ORDER: readonly ModelCapability[] = [
  'CHAT',
  'COMPLETION',
  'EMBEDDING',
  'VISION',
  'TOOLS',
  'THINKING',
  'AUDIO',
  'IMAGE',
  'RERANK',
];

/** Each once, always in the same order, so that a catalogue that did not change compares equal. */
export function inOrder(capabilities: Iterable<ModelCapability>): ModelCapability[] {
  const present = new Set(capabilities);
  return ORDER.filter((capability) => present.has(capability));
}
