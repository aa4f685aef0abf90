import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createOutboundClient, createProviders, type OutboundClient, type Providers } from '../index.js';
import type { EndpointKind } from '../kinds/kinds.js';
import type { Check } from '../provider.js';

// A list of 45 models of which no answer has more than 20.
const COUNT = 45;
const SIZE = 20;
const idOf = (index: number) => `model-${String(index).padStart(2, '0')}`;
const slice = (from: number, size = SIZE) =>
  Array.from({ length: Math.max(0, Math.min(size, COUNT - from)) }, (_unused, at) => ({ id: idOf(from + at) }));

/** Gives the page that the query asks for, and headers; null: 400. */
type List = (query: URLSearchParams, request: IncomingMessage) => object | null;

interface Way {
  readonly list: List;
  readonly headers?: (query: URLSearchParams) => Readonly<Record<string, string>>;
}

const number = (query: URLSearchParams, name: string, otherwise = 0) => Number(query.get(name) ?? otherwise);
const hasMore = (from: number) => from + SIZE < COUNT;
/** By a token that says where the next page begins. */
const byToken =
  (field: string, parameter: string, fold?: string): List =>
  (query) => {
    const from = number(query, parameter);
    const told = hasMore(from) ? { [field]: String(from + SIZE) } : { [field]: null };
    return { data: slice(from), ...(fold === undefined ? told : { [fold]: told }) };
  };
const byPage =
  (name: string, told: (page: number) => object, first = 1): List =>
  (query) => {
    const page = number(query, name, first);
    return { data: slice((page - first) * SIZE), ...told(page) };
  };
const after =
  (parameter: string, others: readonly string[] = []): List =>
  (query) => {
    if (others.some((name) => query.has(name))) return null;
    const last = query.get(parameter);
    const from = last === null ? 0 : Number(last.slice(6)) + 1;
    return { data: slice(from), has_more: hasMore(from), first_id: idOf(from), last_id: slice(from).at(-1)?.id };
  };

const WAYS: Readonly<Record<string, Way>> = {
  next_page_token: { list: byToken('next_page_token', 'page_token') },
  nextPageToken: { list: byToken('nextPageToken', 'pageToken') },
  next_cursor: { list: byToken('next_cursor', 'cursor') },
  'next_cursor in meta': { list: byToken('next_cursor', 'cursor', 'meta') },
  'pagination.next_token': { list: byToken('next_token', 'next_token', 'pagination') },
  'next as a token': { list: byToken('next', 'cursor') },
  'next as a token of another parameter': { list: byToken('next', 'page_token') },
  next_offset: { list: byToken('next_offset', 'offset') },
  'after_id of Anthropic': { list: after('after_id', ['after']) },
  'after of OpenAI': { list: after('after', ['after_id']) },
  'after, where other parameters are not heeded': { list: after('after') },
  'has_more alone': {
    list: (query) => {
      const from = query.has('after') ? Number(query.get('after')?.slice(6)) + 1 : 0;
      return { data: slice(from), has_more: hasMore(from) };
    },
  },
  'links.next': {
    list: (query) => ({
      data: slice(number(query, 'offset')),
      links: { next: hasMore(number(query, 'offset')) ? `/v1/models?offset=${number(query, 'offset') + SIZE}` : null },
    }),
  },
  '_links.next.href': {
    list: (query) => ({
      data: slice(number(query, 'p')),
      _links: hasMore(number(query, 'p')) ? { next: { href: `?p=${number(query, 'p') + SIZE}` } } : {},
    }),
  },
  'next as a path': {
    list: (query) => ({
      data: slice(number(query, 'p')),
      next: hasMore(number(query, 'p')) ? `/v1/models?p=${number(query, 'p') + SIZE}` : null,
    }),
  },
  'a Link header': {
    list: (query) => slice(number(query, 'p')),
    headers: (query): Readonly<Record<string, string>> =>
      hasMore(number(query, 'p'))
        ? { link: `</v1/models>; rel="first", </v1/models?p=${number(query, 'p') + SIZE}>; rel="next"` }
        : {},
  },
  'page and pages': { list: byPage('page', (page) => ({ page, pages: 3 })) },
  'page from 0 and total_pages': { list: byPage('page', (page) => ({ page, total_pages: 3, total: COUNT }), 0) },
  'current_page and last_page': { list: byPage('page', (current_page) => ({ current_page, last_page: 3 })) },
  next_page: { list: byPage('page', (page) => ({ next_page: page < 3 ? page + 1 : null })) },
  'total, by offset': { list: (query) => ({ data: slice(number(query, 'offset')), total: COUNT }) },
  'a Link header with a comma in its title': {
    list: (query) => ({ data: slice(number(query, 'p')) }),
    headers: (query): Readonly<Record<string, string>> =>
      hasMore(number(query, 'p')) ? { link: `<?p=${number(query, 'p') + SIZE}>; title="a, b"; rel="last next"` } : {},
  },
  'X-Next-Page': {
    list: (query) => ({ data: slice((Number(query.get('page') ?? 1) - 1) * SIZE) }),
    headers: (query): Readonly<Record<string, string>> => {
      const page = Number(query.get('page') ?? 1);
      return { 'x-next-page': page < 3 ? String(page + 1) : '', 'x-page': String(page) };
    },
  },
  'X-Total-Count': {
    list: (query) => ({ data: slice(number(query, 'offset')) }),
    headers: () => ({ 'x-total-count': String(COUNT) }),
  },
  'Content-Range': {
    list: (query) => ({ data: slice(number(query, 'offset')) }),
    headers: (query) => ({
      'content-range': `items ${number(query, 'offset')}-${number(query, 'offset') + 19}/${COUNT}`,
    }),
  },
  'count of Django': { list: (query) => ({ data: slice(number(query, 'offset')), count: COUNT }) },
  'skip and totalElements': {
    list: (query) => ({ data: slice(number(query, 'skip')), skip: number(query, 'skip'), totalElements: COUNT }),
  },
  'page of Spring': {
    list: (query) => ({
      data: slice(number(query, 'page') * SIZE),
      page: { size: SIZE, number: number(query, 'page'), totalElements: COUNT, totalPages: 3 },
    }),
  },
  'IsTruncated and NextToken': {
    list: (query) => {
      const from = number(query, 'NextToken');
      return { data: slice(from), IsTruncated: hasMore(from), NextToken: hasMore(from) ? String(from + SIZE) : null };
    },
  },
  'a cursor deep in meta': {
    list: (query) => {
      const from = number(query, 'cursor');
      return { data: slice(from), meta: { pagination: { next_cursor: hasMore(from) ? String(from + SIZE) : null } } };
    },
  },
  'next as an object': {
    list: (query) => {
      const from = number(query, 'cursor');
      return { data: slice(from), next: hasMore(from) ? { cursor: String(from + SIZE) } : null };
    },
  },
  'a cursor on each page, and hasNextPage': {
    list: (query) => {
      const from = number(query, 'after');
      return { data: slice(from), pageInfo: { hasNextPage: hasMore(from), endCursor: String(from + SIZE) } };
    },
  },
  'a number that is 0 at the end': {
    list: (query) => {
      const from = number(query, 'page_token');
      return { data: slice(from), next_page_token: hasMore(from) ? from + SIZE : 0 };
    },
  },
  'total_count, by page': { list: byPage('page', () => ({ total_count: COUNT })) },
  'models in place of data': { list: (query) => ({ models: slice(number(query, 'page_token')), ...tokenFor(query) }) },
};

function tokenFor(query: URLSearchParams): object {
  const from = number(query, 'page_token');
  return hasMore(from) ? { next_page_token: String(from + SIZE) } : {};
}

let server: Server;
let client: OutboundClient;
let providers: Providers;
let origin: string;
let answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin);
    asked.push(request.url ?? '');
    answer(request, response, url);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createOutboundClient({ userAgent: 'test' });
});

afterEach(() => {
  asked.length = 0;
});

afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const sendJson = (response: ServerResponse, json: unknown, status = 200, headers: object = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));

function serve(path: string, { list, headers }: Way): void {
  answer = (request, response, url) => {
    if (url.pathname !== path) return void sendJson(response, { error: 'no such path' }, 404);
    const page = list(url.searchParams, request);
    if (page === null) return void sendJson(response, { error: { message: 'unknown parameter' } }, 400);
    sendJson(response, page, 200, headers?.(url.searchParams));
  };
}

function check(kind: EndpointKind = 'OPENAI'): Promise<Check> {
  providers = createProviders({ client });
  const url = kind === 'OPENAI' ? `${origin}/v1` : origin;
  const endpoint = { kind, url, auth: 'NONE', apiKey: null, headers: [], declaredModels: [] } as const;
  return providers[kind].check(endpoint);
}

const told = ({ status, problem, models, isPart = false }: Check) => ({
  status,
  code: problem?.code ?? null,
  count: models?.length ?? null,
  isPart,
});
const WHOLE = { status: 'ONLINE', code: null, count: COUNT, isPart: false };
const part = (count: number) => ({ status: 'DEGRADED', code: 'PARTIAL_MODEL_LIST', count, isPart: true });

describe('a list in pages is read to its end', () => {
  it.each(Object.keys(WAYS))('%s', async (name) => {
    serve('/v1/models', WAYS[name] as Way);
    const found = await check();
    expect(told(found)).toEqual(WHOLE);
    expect(new Set(found.models?.map(({ upstreamId }) => upstreamId)).size).toBe(COUNT);
  });

  it('of an Ollama that a gateway stands before', async () => {
    serve('/api/tags', {
      list: (query) => ({
        models: slice(number(query, 'page_token')).map(({ id }) => ({ name: id, model: id })),
        ...tokenFor(query),
      }),
    });
    expect(told(await check('OLLAMA'))).toEqual(WHOLE);
  });

  it('of LM Studio, whose other list tells the facts', async () => {
    const rows = (from: number) => slice(from).map(({ id }) => ({ id, owned_by: 'organization_owner' }));
    answer = (_request, response, url) => {
      if (url.pathname === '/v1/models')
        return void sendJson(response, { data: [...rows(0), ...rows(SIZE), ...rows(2 * SIZE)] });
      if (url.pathname !== '/api/v1/models') return void sendJson(response, { error: 'no' }, 404);
      const from = number(url.searchParams, 'cursor');
      const models = slice(from).map(({ id }) => ({ key: id, type: 'llm', max_context_length: 1_000 + from }));
      sendJson(response, { models, next_cursor: hasMore(from) ? String(from + SIZE) : null });
    };
    const found = await check();
    expect(told(found)).toEqual(WHOLE);
    expect(found.models?.map(({ contextLength }) => contextLength).at(-1)).toBe(1_040);
  });

  it('where its links stand in a header each', async () => {
    answer = (_request, response, url) => {
      if (url.pathname !== '/v1/models') return void sendJson(response, {}, 404);
      const from = number(url.searchParams, 'p');
      const next = hasMore(from) ? ['link', `</v1/models?p=${from + SIZE}>; rel="next"`] : [];
      response.writeHead(200, ['content-type', 'application/json', 'link', '</v1/models>; rel="first"', ...next]);
      response.end(JSON.stringify({ data: slice(from) }));
    };
    expect(told(await check())).toEqual(WHOLE);
  });

  it('a list that says nothing of going on is asked for once', async () => {
    serve('/v1/models', { list: () => ({ object: 'list', data: slice(0), has_more: false, total: SIZE, next: null }) });
    expect(told(await check())).toEqual({ ...WHOLE, count: SIZE });
    expect(asked.filter((path) => path.startsWith('/v1/models')).length).toBeLessThanOrEqual(2);
  });
});

describe('a list that cannot be read to its end is never taken for a whole one', () => {
  it('a later page fails', async () => {
    serve('/v1/models', {
      list: (query) => (number(query, 'cursor') >= SIZE ? null : { data: slice(0), next_cursor: '20' }),
    });
    expect(told(await check())).toEqual(part(SIZE));
  });

  it('the third page is no list', async () => {
    serve('/v1/models', {
      list: (query) => {
        const from = number(query, 'cursor');
        return from > SIZE ? { sorry: true } : { data: slice(from), next_cursor: String(from + SIZE) };
      },
    });
    expect(told(await check())).toEqual(part(2 * SIZE));
  });

  it('each page is the first again', async () => {
    let turn = 0;
    serve('/v1/models', { list: () => ({ data: slice(0), next_page_token: String((turn += 1)) }) });
    const found = await check();
    expect(told(found)).toEqual(part(SIZE));
    expect(asked.length).toBeLessThan(10);
  });

  it('it points to itself', async () => {
    serve('/v1/models', { list: () => ({ data: slice(0), links: { next: '/v1/models' } }) });
    expect(told(await check())).toEqual(part(SIZE));
  });

  it('it counts more than it ever gives, and says how many', async () => {
    serve('/v1/models', { list: () => ({ data: slice(0), total: COUNT }) });
    const found = await check();
    expect(told(found)).toEqual(part(SIZE));
    expect(found.problem?.message).toContain('20 of 45');
  });

  it('it has no end: pages, requests and time have', async () => {
    let turn = 0;
    serve('/v1/models', {
      list: () => {
        turn += 1;
        return { data: [{ id: `endless-${turn}` }], next_cursor: String(turn) };
      },
    });
    expect(told(await check())).toEqual(part(200));
  });

  it('its next page is at another origin, which gets no request', async () => {
    serve('/v1/models', { list: () => ({ data: slice(0), links: { next: 'http://127.0.0.2:1/v1/models?p=2' } }) });
    const found = await check();
    expect(told(found)).toEqual(part(SIZE));
    expect(found.problem?.message).toContain('at another place');
  });

  it('it counts more in a header than it gives', async () => {
    serve('/v1/models', {
      list: () => ({ data: slice(0) }),
      headers: () => ({ 'content-range': `items 0-19/${COUNT}` }),
    });
    expect(told(await check())).toEqual(part(SIZE));
  });

  it('of Ollama as well', async () => {
    serve('/api/tags', { list: () => ({ models: [{ name: 'a', model: 'a' }], total: 9 }) });
    expect(told(await check('OLLAMA'))).toEqual(part(1));
  });

  it('a slow later page ends with the time of the check, and the first ones stay', async () => {
    answer = (_request, response, url) => {
      if (url.searchParams.has('cursor')) return; // never answered
      if (url.pathname !== '/v1/models') return void sendJson(response, {}, 404);
      sendJson(response, { data: slice(0), next_cursor: '20' });
    };
    providers = createProviders({ client });
    const endpoint = { kind: 'OPENAI', url: `${origin}/v1`, auth: 'NONE', apiKey: null } as const;
    const found = await providers.OPENAI.check({ ...endpoint, headers: [], declaredModels: [] }, { timeoutMs: 1_500 });
    expect(told(found)).toEqual(part(SIZE));
  });
});
