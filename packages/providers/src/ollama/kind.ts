import { isIP } from 'node:net';
import type { KindSpec } from '../kinds/kind-spec.js';

const HAS_NO_PATH = 'Is this an Ollama server? Its URL has no path, for example http://localhost:11434.';

const DEFAULT_PORT = 11434;

export const OLLAMA: KindSpec = {
  description: 'The Ollama API.',
  anEndpoint: 'an Ollama endpoint',
  isThisKind: 'This is an Ollama server.',
  isNotThisKind: 'This server is not Ollama.',
  answersThere: 'An Ollama server answers there',
  settings: { urls: 'OLLAMA_BASE_URLS', keys: null },
  // The base URL has no /api: the adapter adds it.
  pastedSuffixes: [
    '/v1/chat/completions',
    '/v1/models',
    '/api/embeddings',
    '/api/generate',
    '/api/version',
    '/api/embed',
    '/api/tags',
    '/api/chat',
    '/api/show',
    '/api/pull',
    '/api/ps',
    '/api',
  ],
  completeUrl: fromOllamaHost,
  urlHint: () => HAS_NO_PATH,
  notFoundHint: () => HAS_NO_PATH,
  silentRefusalHint:
    'Ollama refuses the host name it is called by. Reach it by its IP address, or start it with OLLAMA_HOST=0.0.0.0.',
  loopbackByDefault: {
    port: DEFAULT_PORT,
    hint: 'Ollama listens on its own machine only, unless it is started with OLLAMA_HOST=0.0.0.0.',
  },
  openAiPath: '/v1',
  speaksOllamaApi: true,
  holdsModels: true,
  // It ends a stream without them when the model failed.
  alwaysSendsEndMarks: true,
};

/** The forms of OLLAMA_HOST without a scheme: the port is 11434 there unless it is named. */
function fromOllamaHost(typed: string): string {
  const [, userinfo = '', hostAndPort = '', path = ''] = /^([^/@]*@)?([^/]*)(.*)$/s.exec(typed) ?? [];
  if (hostAndPort === 'ollama.com') return `https://${userinfo}${hostAndPort}${path}`;
  const bare = hostAndPort.startsWith(':') && !hostAndPort.startsWith('::') ? `127.0.0.1${hostAndPort}` : hostAndPort;
  const host = isIP(bare) === 6 ? `[${bare}]` : bare;
  const hasPort = /:\d+$/.test(host) && !host.endsWith(']');
  return `http://${userinfo}${host}${hasPort ? '' : `:${DEFAULT_PORT}`}${path}`;
}
