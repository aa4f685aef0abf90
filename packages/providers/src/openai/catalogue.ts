import { failure, urlHint, type EndpointCaller } from '../check/endpoint-caller.js';
import type { ListMemory } from '../list/list-memory.js';
import { readList, type ListReader, type ReadList } from '../list/read-list.js';
import type { ListPage } from '../list/read-page.js';
import { Slices } from '../list/slices.js';
import { identify, idOf, type IdentifiedRows } from './mapping.js';
import { modelListFormat, rowsOf, type WireModel } from './wire.js';

export type ModelListMemory = ListMemory<ListPage<WireModel | null>>;

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
export async function readCatalogue(caller: EndpointCaller, memory: ModelListMemory | null): Promise<Catalogue> {
  const read = await readModels(caller, modelsUrl(caller.endpoint.url), memory);
  const { rows, response } = read;
  if (rows === null)
    throw failure(response, 'UNEXPECTED_SHAPE', 'gave JSON that is not a list of models.', urlHint(caller.endpoint));
  const found = await identify(rows, new Slices(caller.signal));
  if (found.dropped > 0 && found.dropped === rows.length) {
    throw failure(response, 'UNEXPECTED_SHAPE', 'gave a list of something else than models.', urlHint(caller.endpoint));
  }
  const { firstByteMs: latencyMs, headers } = response;
  return { ...found, latencyMs, headers, incomplete: read.incomplete };
}

/** A list in any of the shapes that these servers use; rows null where it is none. `timeoutMs` of each request. */
export function readModels(
  caller: EndpointCaller,
  url: string,
  memory: ModelListMemory | null,
  timeoutMs?: number,
): Promise<ReadList<WireModel | null> | { readonly rows: null; readonly response: ReadList<unknown>['response'] }> {
  const reader: ListReader<WireModel | null> = {
    format: modelListFormat,
    memory,
    rowsOf,
    idOf: (row) => (row === null ? null : idOf(row)),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  return readList(caller, url, reader);
}
