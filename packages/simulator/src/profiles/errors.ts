import type { Profile } from '../profile.js';
import { errorReply } from '../replies/error-style.js';
import type { Reply } from '../reply.js';

function failing(id: string, name: string, title: string, everything: Reply): Profile {
  return { id, names: [name], title, kind: 'OPENAI', base: '/v1', models: [], everything };
}

/** Each answers every request with one kind of error body. */
export const errorProfiles: readonly Profile[] = [
  failing('X01', 'error-openai', "OpenAI's error", errorReply('openai', 401, 'Incorrect API key provided: sk-…')),
  failing('X02', 'error-ollama', "Ollama's error, with a place to sign in", {
    status: 401,
    json: { error: 'unauthorized', signin_url: 'https://ollama.example/connect' },
  }),
  failing('X03', 'error-tgi', "Text Generation Inference's error", errorReply('tgi', 422, 'Input validation error')),
  failing('X04', 'error-flat', 'error is a string', errorReply('flat', 401, 'Unauthorized')),
  failing('X05', 'error-mistral', 'message is an object', errorReply('mistral', 422, 'Extra inputs are not permitted')),
  failing('X06', 'error-fastapi', 'detail is a string', errorReply('fastapi', 404, 'Not Found')),
  failing('X07', 'error-fastapi-list', 'detail is a list', errorReply('fastapi-list', 422, 'Field required')),
  failing('X08', 'error-xai', 'code beside error', errorReply('xai', 403, 'Your team has no credits.')),
  failing('X09', 'error-google', "Google's error", errorReply('google', 403, 'API key not valid.')),
  failing(
    'X10',
    'error-google-array',
    "Google's error in an array",
    errorReply('google-array', 400, 'Invalid argument'),
  ),
  failing('X11', 'error-context', 'A prompt that is too long for llama.cpp', {
    status: 400,
    json: {
      error: {
        code: 400,
        message: 'request (6024 tokens) exceeds the available context size (2048 tokens), try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 6_024,
        n_ctx: 2_048,
      },
    },
  }),
  failing('X12', 'error-plain', 'Plain text', errorReply('plain', 502, 'upstream connect error')),
  failing('X13', 'error-html', 'A page of a proxy', errorReply('html', 502, '502 Bad Gateway')),
  failing('X14', 'error-empty', 'No body at all', errorReply('empty', 401, '')),
  failing('X15', 'error-anthropic', "Anthropic's error", errorReply('anthropic', 529, 'Overloaded')),
  failing('X16', 'error-cloudflare', "Cloudflare's envelope", errorReply('cloudflare', 403, 'Authentication error')),
];
