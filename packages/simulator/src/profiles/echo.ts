import type { Profile } from '../profile.js';

/** They repeat what they are sent: see ../replies/echo.ts. */
export const echoProfiles: readonly Profile[] = [
  {
    id: 'E01',
    names: ['echo'],
    title: 'Repeats every header of a request',
    kind: 'OPENAI',
    base: '/v1',
    models: [],
    echo: 'openai',
  },
  {
    id: 'E02',
    names: ['echo-ollama'],
    title: 'The same as an Ollama',
    kind: 'OLLAMA',
    base: '',
    models: [],
    echo: 'ollama',
  },
];
