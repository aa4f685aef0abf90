import type { EndpointCaller } from '../check/endpoint-caller.js';
import { MAX_BODY_BYTES, type OutboundResponse } from '../http.js';
import { ProviderError } from '../provider.js';
import { continuationOf, type GoesOn } from './paging.js';
import { MAX_MODELS, readPage, REST_SENTENCE, type ListPage, type PageReader } from './read-page.js';

const MAX_PAGES = 200;
/** Requests for further pages, those that led nowhere included. */
const MAX_REQUESTS = 250;
/** Of the time that is left of a check when its list begins: what comes after the list needs some as well. */
const SHARE_OF_TIME = 0.7;

export interface ListReader<T> extends PageReader<T> {
  /** The rows that count: a page may hold more lists than one. Null: the page is none of what is asked for. */
  readonly rowsOf: (page: ListPage<T>) => readonly T[] | null;
  /** What a row is called by, to see that a page has something new and to ask for what comes after it. */
  readonly idOf: (row: T) => string | null;
}

export interface ReadList<T> {
  readonly rows: readonly T[];
  /** Of the first page. */
  readonly response: OutboundResponse;
  readonly first: ListPage<T>;
  /** Why not everything was read, as a clause; null if it was. */
  readonly incomplete: string | null;
}

/**
 * The whole list, page by page where the server says in any way that it goes on. Rejects where the first page cannot be
 * read; null where that is JSON and no such list. Whatever goes wrong later leaves a part that says so.
 */
export async function readList<T>(
  caller: EndpointCaller,
  url: string,
  reader: ListReader<T>,
): Promise<ReadList<T> | { readonly rows: null; readonly response: OutboundResponse }> {
  const { page: first, response } = await readPage(caller, url, reader);
  const firstRows = first === null ? null : reader.rowsOf(first);
  if (first === null || firstRows === null) return { rows: null, response };
  const walk = new PageWalk(caller, url, reader);
  const incomplete = first.isOver ? TOO_MANY : await walk.run(first, firstRows, response);
  const rows = first.isOver ? firstRows : walk.rows;
  const isOver = rows.length > MAX_MODELS;
  return {
    rows: isOver ? rows.slice(0, MAX_MODELS) : rows,
    response,
    first,
    incomplete: isOver ? TOO_MANY : incomplete,
  };
}

const TOO_MANY = `only the first ${MAX_MODELS.toLocaleString('en')} models were read. ${REST_SENTENCE.replace(/\.$/, '')}`;

interface Next<T> {
  readonly rows: readonly T[];
  readonly page: ListPage<T>;
  readonly response: OutboundResponse;
}

/** What came of asking for a further page. */
type Tried<T> = Next<T> | 'FAILED' | 'REPEATS' | 'FOREIGN' | 'SEEN';

/** One reading of all pages behind the first. */
class PageWalk<T> {
  readonly #visited: Set<string>;
  readonly #ids = new Set<string>();
  readonly #until: number;
  #rows: readonly T[] = [];
  #requests = 0;
  #bytes = 0;
  /** The parameters that led on: of several ways to ask for the next page they are tried first. */
  #parameters: string | null = null;

  constructor(
    private readonly caller: EndpointCaller,
    private readonly url: string,
    private readonly reader: ListReader<T>,
  ) {
    this.#visited = new Set([url]);
    this.#until = performance.now() + caller.remainingMs() * SHARE_OF_TIME;
  }

  get rows(): readonly T[] {
    return this.#rows;
  }

  async run(first: ListPage<T>, firstRows: readonly T[], response: OutboundResponse): Promise<string | null> {
    this.#rows = firstRows;
    let now: Next<T> = { rows: firstRows, page: first, response };
    this.#bytes = response.bytes.length;
    for (let count = 1; ; count += 1) {
      if (now.page.isOver || this.#rows.length > MAX_MODELS) return TOO_MANY;
      const next = this.#continuation(now);
      if (next === null) return null;
      if (count === 1) for (const row of firstRows) this.#know(row);
      if (count >= MAX_PAGES || this.#requests >= MAX_REQUESTS) return 'it has more pages than are read';
      if (this.#bytes > MAX_BODY_BYTES) return 'its pages are larger together than is read';
      if (performance.now() > this.#until) return 'its further pages take longer than a check may';
      const found = await this.#readOn(next);
      if (typeof found === 'string') return this.#why(found, count + 1, next);
      if (found.rows.length === 0 && next.total === null && this.#continuation(found) === null) return null;
      now = found;
    }
  }

  #continuation({ rows, page, response }: Next<T>): GoesOn | null {
    const ids = rows.map((row) => this.reader.idOf(row));
    return continuationOf({
      url: response.url,
      headers: response.headers,
      beside: page.beside,
      rowCount: rows.length,
      lastId: ids.findLast((id) => id !== null) ?? null,
      rowsUntilNow: this.#rows.length,
    });
  }

  /** Tries each reading until one gives something new. */
  async #readOn({ urls }: GoesOn): Promise<Tried<T>> {
    const isLikely = (url: string) => parametersOf(url) === this.#parameters;
    let outcome: Tried<T> = 'FAILED';
    for (const url of [...urls.filter(isLikely), ...urls.filter((one) => !isLikely(one))]) {
      const tried = await this.#try(url);
      if (typeof tried !== 'string') {
        this.#parameters = parametersOf(url);
        return tried;
      }
      if (tried !== 'FAILED') outcome = tried;
    }
    return outcome;
  }

  async #try(url: string): Promise<Tried<T>> {
    // The key must not travel to wherever a list points, and a list that points to itself has no end.
    if (new URL(url).origin !== new URL(this.url).origin) return 'FOREIGN';
    if (this.#visited.has(url)) return 'SEEN';
    this.#visited.add(url);
    this.#requests += 1;
    const read = await this.#fetch(url);
    if (read === null) return 'FAILED';
    this.#bytes += read.response.bytes.length;
    const added = read.rows.filter((row) => this.#know(row));
    if (added.length === 0 && read.rows.length > 0) return 'REPEATS';
    this.#rows = [...this.#rows, ...added];
    return read;
  }

  async #fetch(url: string): Promise<Next<T> | null> {
    try {
      const timeoutMs = Math.max(1, this.#until - performance.now());
      const { page, response } = await readPage(this.caller, url, { ...this.reader, timeoutMs });
      const rows = page === null ? null : this.reader.rowsOf(page);
      return page === null || rows === null ? null : { page, response, rows };
    } catch (error) {
      if (error instanceof ProviderError) return null;
      throw error;
    }
  }

  /** True: the row is new. One without an id counts as new, to be left out later. */
  #know(row: T): boolean {
    const id = this.reader.idOf(row);
    if (id === null) return true;
    const before = this.#ids.size;
    return this.#ids.add(id).size > before;
  }

  #why(outcome: 'FAILED' | 'REPEATS' | 'FOREIGN' | 'SEEN', page: number, { total }: GoesOn): string {
    const count = total === null ? '' : ` (${this.#rows.length} of ${total} were read)`;
    switch (outcome) {
      case 'FAILED':
        return `page ${page} of the list could not be read${count}`;
      case 'REPEATS':
      case 'SEEN':
        return `the list says that it goes on, but its next page repeats what came before${count}`;
      case 'FOREIGN':
        return 'its next page is at another place, where the key is not sent';
    }
  }
}

const parametersOf = (url: string): string => [...new URL(url).searchParams.keys()].sort().join();
