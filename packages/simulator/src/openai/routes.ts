import type { ModelSeed, Profile } from '../profile.js';
import { listOf, mainList, profileValues } from '../replies/catalogue.js';
import { errorReply } from '../replies/error-style.js';
import { fill, isObject } from '../replies/template.js';
import type { Json, Reply } from '../reply.js';
import { matchesPath } from '../requests/path-pattern.js';
import type { Exchange } from '../serving/exchange.js';
import { generationReply, type Operation } from './generation.js';

const DEFAULT_BODY: Json = { object: 'list', data: '$data' };

/** The answer of a profile's OpenAI routes; null where it has none for this path. */
export function openaiReply(exchange: Exchange, profile: Profile, models: readonly ModelSeed[]): Reply | null {
  for (const base of profile.openaiBases ?? [profile.base]) {
    const operation = operationOf(exchange.pathname, base, profile);
    if (operation !== null) {
      if (exchange.method !== 'POST') return profile.wrongMethod ?? null;
      return generationReply(operation, exchange.body, profile, models);
    }
    const reply = catalogueReply(exchange, base, profile, models);
    if (reply !== null) return reply;
  }
  return null;
}

function operationOf(pathname: string, base: string, { generation }: Profile): Operation | null {
  const chatPaths = [`${base}/chat/completions`, ...(generation?.chatPaths ?? [])];
  if (chatPaths.some((pattern) => matchesPath(pattern, pathname))) return 'chat';
  if (pathname === `${base}/completions`) return 'completion';
  return pathname === `${base}/embeddings` ? 'embedding' : null;
}

function catalogueReply(
  exchange: Exchange,
  base: string,
  profile: Profile,
  models: readonly ModelSeed[],
): Reply | null {
  const { pathname, method } = exchange;
  if (profile.catalogue === null || !(pathname === `${base}/models` || pathname.startsWith(`${base}/models/`)))
    return null;
  if (method !== 'GET' && method !== 'HEAD') return profile.wrongMethod ?? null;
  if (pathname === `${base}/models`) return listReply(exchange, profile, models);
  return profile.noModelRoute === true ? null : modelReply(pathname.slice(`${base}/models/`.length), profile, models);
}

function modelReply(encodedId: string, profile: Profile, models: readonly ModelSeed[]): Reply {
  const id = decodeURIComponent(encodedId);
  const index = models.findIndex((model) => model.id === id);
  const item = listOf(profile, models, mainList(profile))[index];
  return item === undefined
    ? errorReply(profile.errors ?? 'openai', 404, `The model '${id}' does not exist`)
    : { json: item };
}

function listReply(exchange: Exchange, profile: Profile, models: readonly ModelSeed[]): Reply {
  const template = (models.length === 0 ? profile.emptyCatalogue : undefined) ?? profile.catalogue ?? DEFAULT_BODY;
  const { paging } = profile;
  if (paging === undefined) return { json: fill(template, profileValues(profile, models)) };
  const { query, pathname } = exchange;
  const after = query.get('after_id');
  const start = after === null ? Number(query.get('offset') ?? 0) : models.findIndex(({ id }) => id === after) + 1;
  const page = models.slice(start, start + Math.min(Number(query.get('limit') ?? paging.maxItems), paging.maxItems));
  const end = start + page.length;
  const isLast = end >= models.length;
  const body = fill(template, { ...profileValues(profile, page), count: models.length });
  if (!isObject(body)) return { json: body };
  if (paging.style === 'links-next') {
    const next = isLast ? null : `${pathname}?offset=${end}&limit=${page.length}`;
    return { json: { ...body, links: { next } } };
  }
  const ids = { first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null };
  return { json: { ...body, has_more: !isLast, ...ids } };
}
