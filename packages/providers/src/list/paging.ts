// How servers say that a list goes on. There is no standard: each way below is one that a known server or framework
// has, and where it can be read in two ways, both are tried.

/** What was read up to now. */
export interface PageRead {
  /** Where the page was read. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What stands beside its rows. */
  readonly beside: ReadonlyMap<string, unknown>;
  readonly rowCount: number;
  /** Of the page's last row that has one. */
  readonly lastId: string | null;
  /** Of all pages together. */
  readonly rowsUntilNow: number;
}

/** Where the next page may be, the likeliest first. */
export interface GoesOn {
  readonly urls: readonly string[];
  /** How many there are in all, where the list says so. */
  readonly total: number | null;
}

/** A token for the next page, and the parameter that takes it. */
const TOKENS: readonly (readonly [field: string, ...parameters: string[]])[] = [
  ['next_page_token', 'page_token'],
  ['nextPageToken', 'pageToken'],
  ['next_cursor', 'cursor'],
  ['nextCursor', 'cursor'],
  ['next_token', 'next_token', 'token'],
  ['nextToken', 'nextToken'],
  ['NextToken', 'NextToken'],
  ['continuation_token', 'continuation_token'],
  ['continuationToken', 'continuationToken'],
  ['next_page', 'page', 'page_token'],
  ['nextPage', 'page', 'pageToken'],
  ['end_cursor', 'after'],
  ['endCursor', 'after'],
  ['next_offset', 'offset'],
  ['next', 'cursor', 'page', 'page_token'],
  ['cursor', 'cursor'],
];
const LINKS = ['next', 'next_url', 'nextUrl', 'next_link', 'nextLink', 'next_page_url', '@odata.nextLink'] as const;
/** Objects in which a list may say it instead of at its top. */
const FOLDS = [
  'links',
  '_links',
  'pagination',
  'paging',
  'page_info',
  'pageInfo',
  'meta',
  'metadata',
  'cursors',
  'page',
  'next',
] as const;
const MORE = [
  'has_more',
  'hasMore',
  'has_next',
  'hasNext',
  'has_next_page',
  'hasNextPage',
  'more',
  'truncated',
  'is_truncated',
  'isTruncated',
  'IsTruncated',
] as const;
/** Says on the last page that it is the last one. */
const NO_MORE = ['has_more', 'hasMore', 'has_next', 'hasNext', 'has_next_page', 'hasNextPage'] as const;
const TOTALS = [
  'total',
  'total_count',
  'totalCount',
  'total_items',
  'totalItems',
  'total_models',
  'total_results',
  // Django counts all rows in `count`; a list that counts its own page there says nothing by it.
  'totalResults',
  'total_elements',
  'totalElements',
  'count',
] as const;
const PAGES = ['pages', 'total_pages', 'totalPages', 'page_count', 'pageCount', 'num_pages', 'last_page'] as const;
const PAGE = ['page', 'current_page', 'currentPage', 'page_number', 'pageNumber', 'number'] as const;
/** Headers that say the same, as GitLab, Rails and json-server have them. */
const HEADERS = [
  ['x-total-count', 'total'],
  ['x-total', 'total'],
  ['x-total-pages', 'total_pages'],
  ['x-page', 'page'],
  ['x-next-page', 'next_page'],
] as const;
/** `items 0-19/45`, RFC 9110, section 14.4. */
const CONTENT_RANGE = /^\S+ \d+-\d+\/(\d{1,9})$/;
const MAX_URLS = 4;
const LONGEST_TOKEN = 4_096;

type Fields = ReadonlyMap<string, unknown>;

/** Null where the list ends with this page, as far as it says. */
export function continuationOf(read: PageRead): GoesOn | null {
  const places = [read.beside, ...foldsOf(read.beside), headerFields(read.headers)];
  const total = firstNumber(places, TOTALS);
  // A cursor of the last row stands on the last page as well.
  const saysEnd = places.some((fields) => NO_MORE.some((name) => fields.get(name) === false));
  const urls = new Set<string>([...linked(read, places), ...(saysEnd ? [] : byToken(read, places))]);
  const saysMore = places.some((fields) => MORE.some((name) => fields.get(name) === true));
  const page = firstNumber(places, PAGE);
  const pages = firstNumber(places, PAGES);
  const isShort = total !== null && total > read.rowsUntilNow;
  const hasPages = page !== null && pages !== null && pages > page;
  // A list that has shown all that it counts is over, whatever a cursor of its last page says.
  if (urls.size === 0 && !saysMore && !isShort && !hasPages) return null;
  if (saysMore) for (const url of afterLast(read, places)) urls.add(url);
  if (urls.size === 0 || saysMore) for (const url of byCount(read, places, page)) urls.add(url);
  return { urls: [...urls].slice(0, MAX_URLS), total };
}

/** `meta.pagination.next_cursor` */
const DEEPEST_FOLD = 2;

function foldsOf(beside: Fields, deep = 1): Fields[] {
  const folded = FOLDS.flatMap((name) => {
    const fold = beside.get(name);
    return isObject(fold) ? [new Map(Object.entries(fold))] : [];
  });
  if (deep === DEEPEST_FOLD) return folded;
  return folded.flatMap((fold) => [fold, ...foldsOf(fold, deep + 1)]);
}

function headerFields(headers: PageRead['headers']): Fields {
  const fields = new Map<string, unknown>();
  for (const [header, field] of HEADERS) {
    const value = headers[header];
    if (value !== undefined && value !== '') fields.set(field, value);
  }
  const [, all] = CONTENT_RANGE.exec(headers['content-range'] ?? '') ?? [];
  if (all !== undefined && !fields.has('total')) fields.set('total', all);
  return fields;
}

/** What is a place: a whole URL, or a path or query of the same server. */
function linked({ url, headers }: PageRead, places: readonly Fields[]): string[] {
  const named = places.flatMap((fields) => LINKS.map((name) => hrefOf(fields.get(name))));
  const found = [linkHeader(headers['link'] ?? ''), ...named];
  return found.flatMap((link) =>
    link !== null && /^(https?:\/\/|\/|\?|\.\.?\/)/i.test(link) && URL.canParse(link, url)
      ? [new URL(link, url).href]
      : [],
  );
}

function hrefOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isObject(value) && typeof value['href'] === 'string' ? value['href'] : null;
}

/** RFC 8288. */
function linkHeader(header: string): string | null {
  for (const [, target, parameters] of header.matchAll(/<([^<>]*)>\s*((?:;(?:[^;,<>"]|"[^"]*")*)*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)/i.test(parameters ?? '')) return target ?? null;
  }
  return null;
}

function byToken(read: PageRead, places: readonly Fields[]): string[] {
  for (const [field, ...parameters] of TOKENS) {
    for (const fields of places) {
      const token = tokenOf(fields.get(field));
      // The cursor of this very page, or a flag that says that there is none.
      if (token === null || (field === 'cursor' && new URL(read.url).searchParams.get('cursor') === token)) continue;
      return parameters.map((name) => withParameter(read.url, { [name]: token }));
    }
  }
  return [];
}

function tokenOf(value: unknown): string | null {
  // No next page begins at the first row.
  const text = typeof value === 'number' && Number.isFinite(value) && value !== 0 ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text.length > LONGEST_TOKEN) return null;
  return /^(https?:\/\/|\/|\?)/i.test(text) ? null : text;
}

/** Anthropic's `after_id`, and OpenAI's `after`. */
function afterLast({ url, lastId }: PageRead, places: readonly Fields[]): string[] {
  const told = places.map((fields) => tokenOf(fields.get('last_id'))).find((id) => id !== null);
  const id = told ?? lastId;
  return id === null ? [] : ['after_id', 'after'].map((name) => withParameter(url, { [name]: id }));
}

/** Where a page says from which row on it is, under one of these names, the next one is asked for by the same. */
const FROM_ROW = ['offset', 'skip', 'start'] as const;

function byCount({ url, rowsUntilNow, rowCount }: PageRead, places: readonly Fields[], page: number | null): string[] {
  const asked = new URL(url).searchParams;
  const current = page ?? Number(asked.get('page') ?? 1);
  const byPage = withParameter(url, { page: String(current + 1) });
  const from = FROM_ROW.find((name) => firstNumber(places, [name]) !== null) ?? 'offset';
  const byOffset = withParameter(url, { [from]: String(rowsUntilNow), limit: String(Math.max(rowCount, 1)) });
  return page !== null || asked.has('page') ? [byPage, byOffset] : [byOffset, byPage];
}

function withParameter(url: string, parameters: Readonly<Record<string, string>>): string {
  const next = new URL(url);
  // One way of asking at a time: a server may heed the other one.
  for (const name of ['after_id', 'after', 'page', ...FROM_ROW, 'limit', 'cursor', 'page_token', 'pageToken']) {
    next.searchParams.delete(name);
  }
  for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, value);
  return next.href;
}

function firstNumber(places: readonly Fields[], names: readonly string[]): number | null {
  for (const fields of places) {
    for (const name of names) {
      const value = fields.get(name);
      const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
      if (typeof number === 'number' && Number.isInteger(number) && number >= 0) return number;
    }
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
