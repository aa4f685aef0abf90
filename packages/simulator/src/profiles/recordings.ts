import type { Profile } from '../profile.js';

function llamaServer(id: string, names: readonly string[], title: string): Profile {
  return { id, names, title, kind: 'OPENAI', base: '/v1', models: [], recording: { file: 'llama-server' } };
}

function ollama(id: string, names: readonly string[], title: string, use: readonly string[] = []): Profile {
  return { id, names, title, kind: 'OLLAMA', base: '', models: [], recording: { file: 'ollama', use } };
}

/** What real servers sent. L01, which nobody recorded, stands with llama.cpp's other profiles. */
export const recordings: readonly Profile[] = [
  llamaServer('L02', ['recording:llama-server'], 'llama.cpp, recorded: contexts, keys, paths'),
  llamaServer('L03', ['recording:llama-server-errors'], 'llama.cpp, recorded: any name of a model, a long prompt'),
  llamaServer('L04', ['recording:llama-server-stream'], 'llama.cpp, recorded: two events in one chunk'),
  ollama('L05', ['recording:ollama-paths'], 'Ollama, recorded: a doubled slash, unknown paths, wrong methods'),
  ollama('L06', ['recording:ollama-empty'], 'Ollama, recorded with nothing installed', [
    'empty-tags',
    'empty-v1-models',
    'empty-ps',
  ]),
  ollama('L07', ['recording:ollama-foreign'], 'Ollama, recorded: a foreign Origin or Host'),
  ollama('L08', ['recording:ollama'], 'Ollama, recorded: tags with context and capabilities'),
  ollama('L09', ['recording:ollama-pull'], 'Ollama, recorded: pulls that fail'),
  ollama('L10', ['recording:ollama-refusals'], 'Ollama, recorded: embed, tools and thinking that a model lacks'),
  ollama('L11', ['recording:ollama-unloading'], 'Ollama, recorded: a model still listed after its unload', [
    'ps-after-unload',
  ]),
];
