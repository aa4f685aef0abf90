import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An OpenAI-compatible server whose answers to everything but its catalogue are the test's own. */
export interface RawEndpoint {
  readonly url: string;
  /** What came in beside questions for the catalogue, the oldest first. */
  readonly seen: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** Answers a request whose body has been read. Default: 200 with the endpoint's name. */
  answer: RequestListener;
  /** In place of the catalogue, where it is set. */
  catalogueAnswer?: RequestListener;
  close(): Promise<void>;
}

export async function startRawEndpoint(
  name: string,
  models: readonly string[],
  catalogues: Readonly<Record<string, object>> = {},
): Promise<RawEndpoint> {
  const catalogue = JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET' && request.url?.includes('/responses/') !== true) {
        if (endpoint.catalogueAnswer !== undefined) {
          endpoint.catalogueAnswer(request, response);
          return;
        }
        const other = catalogues[request.url ?? ''];
        response.end(other === undefined ? catalogue : JSON.stringify(other));
        return;
      }
      endpoint.seen.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      endpoint.answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: RawEndpoint = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
    seen: [],
    answer: (_request, response) => response.end(JSON.stringify({ name })),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}

/** Until when such an instance keeps its models: longer than any test runs. */
export const EXPIRES_AT = '2318-04-05T11:22:33.5+02:00';

/** The same for an Ollama instance, which has the models in memory: `url` is without /v1. */
export async function startRawOllama(name: string, models: readonly string[]): Promise<RawEndpoint> {
  const details = {
    format: 'gguf',
    embedding_length: 3_072,
    family: 'llama',
    parameter_size: '3.2B',
    quantization_level: 'Q4_K_M',
    context_length: 4_096,
  };
  const entries = models.map((model) => ({
    name: model,
    model,
    size: 12,
    digest: 'a'.repeat(64),
    modified_at: '2026-11-02T09:15:27Z',
    details,
    capabilities: ['completion', 'tools'],
  }));
  const endpoint = await startRawEndpoint(name, [], {
    '/api/tags': { models: entries },
    '/api/ps': {
      models: entries.map((entry) => ({
        ...entry,
        size: 40,
        size_vram: 30,
        expires_at: EXPIRES_AT,
        context_length: 4_096,
      })),
    },
    '/api/version': { version: '0.25.0' },
  });
  return Object.assign(endpoint, { url: endpoint.url.replace(/\/v1$/, '') });
}
