import { withGuessedScheme } from '../kinds/guess-scheme.js';
import type { KindSpec } from '../kinds/kind-spec.js';

const ENDS_IN_V1 = 'Most servers want /v1 at the end of the URL.';

export const OPENAI: KindSpec = {
  description: 'The OpenAI format API.',
  anEndpoint: 'an OpenAI format endpoint',
  isThisKind: 'It speaks the OpenAI format.',
  isNotThisKind: null,
  answersThere: 'It answers in the OpenAI format',
  settings: { urls: 'OPENAI_API_BASE_URLS', keys: 'OPENAI_API_KEYS' },
  pastedSuffixes: [
    '/chat/completions',
    '/completions',
    '/embeddings',
    '/responses',
    '/models',
    '/api/tags',
    '/api/version',
  ],
  completeUrl: withGuessedScheme,
  urlHint: (url) => (/\/v\d+[a-z]*(\/|$)/.test(url) ? 'Check the path of the URL.' : ENDS_IN_V1),
  notFoundHint: ({ pathname }) =>
    /\/v\d+[a-z]*\/models$/.test(pathname)
      ? 'The path may be wrong, or the endpoint has no list of models: then name its models under Advanced.'
      : ENDS_IN_V1,
  silentRefusalHint: null,
  loopbackByDefault: null,
  openAiPath: '',
  speaksOllamaApi: false,
  holdsModels: false,
  alwaysSendsEndMarks: false,
};
