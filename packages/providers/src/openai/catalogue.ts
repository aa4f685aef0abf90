import { failure, parseAnswer, urlHint, type EndpointCaller } from '../check/endpoint-caller.js';
import { ProviderError } from '../provider.js';
import { identify, type IdentifiedRows } from './mapping.js';
import { parsePage, type CataloguePage } from './wire.js';

/** More rows than this are not read. */
const MAX_MODELS = 20_000;
const MAX_PAGES = 50;

export interface Catalogue extends IdentifiedRows {
  /** Of the first page. */
  readonly latencyMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Why not everything was read, as a clause; null if it was. */
  readonly incomplete: string | null;
}

export function modelsUrl(base: string): string {
  return `${base}/models`;
}

/** The whole list, page by page where the server says that there are more. Rejects if the first page cannot be read. */
export async function readCatalogue(caller: EndpointCaller): Promise<Catalogue> {
  const url = modelsUrl(caller.endpoint.url);
  const response = await caller.request(url);
  const first = parsePage(parseAnswer(response, caller.endpoint));
  if (first === null)
    throw failure(response, 'UNEXPECTED_SHAPE', 'gave JSON that is not a list of models.', urlHint(caller.endpoint));
  const rows = [...first.rows];
  const incomplete = await readFurtherPages(caller, url, first, rows);
  const isOver = rows.length > MAX_MODELS;
  const found = await identify(isOver ? rows.slice(0, MAX_MODELS) : rows);
  if (found.dropped > 0 && found.dropped === rows.length) {
    throw failure(response, 'UNEXPECTED_SHAPE', 'gave a list of something else than models.', urlHint(caller.endpoint));
  }
  return {
    ...found,
    latencyMs: response.firstByteMs,
    headers: response.headers,
    incomplete: isOver ? `only the first ${MAX_MODELS.toLocaleString('en')} models were read` : incomplete,
  };
}

async function readFurtherPages(
  caller: EndpointCaller,
  url: string,
  first: CataloguePage,
  rows: unknown[],
): Promise<string | null> {
  const visited = new Set([url]);
  let page = first;
  for (let count = 1; rows.length <= MAX_MODELS; count += 1) {
    const next = nextUrl(url, page);
    if (next === null) return null;
    // The key must not travel to wherever a list points, and a list that points to itself has no end.
    if (new URL(next).origin !== new URL(url).origin)
      return 'its next page is at another place, where the key is not sent';
    if (visited.has(next) || count >= MAX_PAGES) return 'it has more pages than are read';
    visited.add(next);
    const further = await readPage(caller, next);
    if (further === null) return `page ${count + 1} of the list could not be read`;
    rows.push(...further.rows);
    page = further;
  }
  return null;
}

async function readPage(caller: EndpointCaller, url: string): Promise<CataloguePage | null> {
  try {
    return parsePage(await caller.json(url));
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

function nextUrl(url: string, { nextLink, nextAfterId }: CataloguePage): string | null {
  if (nextAfterId !== null) return `${url}?after_id=${encodeURIComponent(nextAfterId)}`;
  return nextLink !== null && URL.canParse(nextLink, url) ? new URL(nextLink, url).href : null;
}
