import type { Profile } from '../profile.js';

const llamaServer: Profile = {
  id: 'L02',
  names: ['recording:llama-server'],
  title: 'What a llama.cpp server sent, recorded',
  kind: 'OPENAI',
  base: '/v1',
  models: [],
  recording: { file: 'llama-server' },
};

const ollama: Profile = {
  id: 'L08',
  names: ['recording:ollama'],
  title: 'What an Ollama server sent, recorded',
  kind: 'OLLAMA',
  base: '',
  models: [],
  recording: { file: 'ollama' },
};

export const recordings: readonly Profile[] = [llamaServer, ollama];
