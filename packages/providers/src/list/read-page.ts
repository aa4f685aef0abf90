import { createHash } from 'node:crypto';
import {
  failure,
  notJson,
  parseAnswer,
  requireSuccess,
  urlHint,
  type EndpointCaller,
} from '../check/endpoint-caller.js';
import { MAX_BODY_BYTES, type OutboundResponse, type ResponseHead } from '../http.js';
import { OutboundError } from '../outbound/outbound-error.js';
import type { Problem } from '../provider.js';
import { memoryKey, REFUSED_FOR_MS, type ListMemory } from './list-memory.js';
import { Places } from './places.js';
import { Slices } from './slices.js';
import { splitList, type RowPlace, type SplitList } from './split.js';

/** More models than this are not read of one endpoint. */
export const MAX_MODELS = 20_000;
/**
 * Lists over 1 MB that are in memory at a time, of all endpoints together: of the others the rest is not received
 * meanwhile.
 */
const LARGE_LISTS = 4;
const places = new Places(LARGE_LISTS);
/** Up to here an answer that is no list is parsed as a whole, for its words. */
const SMALL_BYTES = 64 * 1024;
const DIGEST_STEP_BYTES = 512 * 1024;

/** What an adapter reads of a list. */
export interface ListFormat<T> {
  /** Members of the root that may be the list, the one that counts first. */
  readonly keys: readonly string[];
  /** Pure. `null`: the row is too long to be a model's. */
  readonly toRow: (row: unknown) => T;
}

export interface ListPage<T> {
  /** By key; '' for a root that is an array itself. Null: the list is there, as null. */
  readonly lists: ReadonlyMap<string, readonly T[] | null>;
  readonly beside: ReadonlyMap<string, unknown>;
  /** There are more rows than are read. */
  readonly isOver: boolean;
}

/** A page, and the answer that it came in; null: the answer is JSON, and no list. */
export interface ReadPage<T> {
  readonly page: ListPage<T> | null;
  readonly response: OutboundResponse;
}

export interface PageReader<T> {
  readonly format: ListFormat<T>;
  /** Null: nothing is remembered, for a list that is read once. */
  readonly memory: ListMemory<ListPage<T>> | null;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

/**
 * Reads one answer of a list, in slices of the event loop's time. Rejects as `EndpointCaller.json` does; where the list
 * breaks a bound the endpoint is asked again, but its list is not received again for a while unless its head shows
 * another one.
 */
export async function readPage<T>(caller: EndpointCaller, url: string, reader: PageReader<T>): Promise<ReadPage<T>> {
  const { memory, maxBytes = MAX_BODY_BYTES, timeoutMs } = reader;
  const key = memoryKey(caller.endpoint, url);
  const held: { giveBack?: () => void } = {};
  const seen: { head?: ResponseHead; refused?: ListPage<T> | Error | undefined } = {};
  try {
    const response = await caller.request(url, {
      maxBodyBytes: maxBytes,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      skipsBody: (head) => {
        seen.head = head;
        if (head.status < 300) seen.refused = memory?.refusal(key, head);
        return seen.refused !== undefined;
      },
      beforeLarge: async (signal) => {
        held.giveBack = await places.take(signal);
      },
    });
    if (seen.refused instanceof Error) throw seen.refused;
    if (seen.refused !== undefined) return { page: seen.refused, response };
    requireSuccess(response, caller.endpoint);
    const page = await parsePage(caller, response, reader, key);
    return { page, response };
  } catch (error) {
    if (!(error instanceof OutboundError) || error === seen.refused) throw error;
    if (error.problem.code !== 'TOO_LARGE' || memory === null || seen.head === undefined) throw error;
    const told = new OutboundError(error.phase, withRest(error.problem), { cause: error });
    memory.refuse(key, seen.head, told);
    throw told;
  } finally {
    held.giveBack?.();
  }
}

/** What an administrator reads of a list that is left alone for a while. */
export const REST_SENTENCE = `While it is so, the whole list is read every ${REFUSED_FOR_MS / 60_000} minutes only.`;

function withRest(problem: Problem): Problem {
  return { ...problem, message: `${problem.message} ${REST_SENTENCE}` };
}

async function parsePage<T>(
  caller: EndpointCaller,
  response: OutboundResponse,
  { format, memory }: PageReader<T>,
  key: string,
): Promise<ListPage<T> | null> {
  const { bytes } = response;
  const slices = new Slices(caller.signal);
  const digest = await digestOf(bytes, slices);
  const known = memory?.recall(key, digest);
  if (known !== undefined) return known;
  const split = await slices.run(splitList(bytes, new Set(format.keys), MAX_MODELS));
  if (typeof split === 'string' || split.lists.size === 0) return withoutList(caller, response, split);
  const lists = new Map<string, readonly T[] | null>();
  for (const [name, rows] of split.lists) {
    lists.set(name, rows === null ? null : await parseRows(caller, response, rows, { format, slices }));
  }
  const page = { lists, beside: split.beside, isOver: split.isOver };
  if (split.isOver) memory?.refuse(key, response, page);
  else memory?.remember(key, digest, page, Math.max(...[...lists.values()].map((rows) => rows?.length ?? 0)));
  return page;
}

/** Throws what the answer is instead; null where it is JSON that has no list. */
function withoutList(
  { endpoint }: EndpointCaller,
  response: OutboundResponse,
  split: SplitList | 'MALFORMED' | 'INTRICATE' | 'NO_CONTAINER',
): null {
  const hint = urlHint(endpoint);
  if (split === 'INTRICATE')
    throw failure(response, 'UNEXPECTED_SHAPE', 'gave a list that lies too deep or has too many parts.', hint);
  if (response.bytes.length <= SMALL_BYTES) parseAnswer(response, endpoint);
  else if (typeof split === 'string') throw notJson(response, endpoint);
  return null;
}

async function parseRows<T>(
  { endpoint }: EndpointCaller,
  response: OutboundResponse,
  rows: readonly RowPlace[],
  { format, slices }: { readonly format: ListFormat<T>; readonly slices: Slices },
): Promise<T[]> {
  const { bytes } = response;
  try {
    return await slices.map(rows, (place) =>
      format.toRow(place === null ? null : (JSON.parse(bytes.toString('utf8', ...place)) as unknown)),
    );
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    if (bytes.length <= SMALL_BYTES) parseAnswer(response, endpoint);
    throw notJson(response, endpoint, cause);
  }
}

async function digestOf(bytes: Buffer, slices: Slices): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += DIGEST_STEP_BYTES) {
    if (slices.isOver) await slices.pause();
    hash.update(bytes.subarray(at, at + DIGEST_STEP_BYTES));
  }
  return hash.digest('base64');
}
