import { AppError } from '../../errors.js';

/** Longest answer, in bytes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** UTF-16 code units that are written in one go. */
const CHUNK = 128 * 1024;
/** Lists up to this length are written in one go, with what is in them. */
const SHORT_LIST = 20;

/** What waits for a turn before more is written. */
type Turn = (written: number) => Promise<void>;

/**
 * The data of an answer as JSON, written a chunk at a time with a turn in between. Throws QUERY_TOO_EXPENSIVE as soon
 * as it is longer than 8 MB: what comes after that is not written.
 */
export async function writeInTurns(data: unknown, turn: Turn, maxBytes = MAX_ANSWER_BYTES): Promise<string> {
  const chunks: string[] = [];
  let chunk = '';
  let bytes = 0;
  for (const part of partsOf(data)) {
    chunk += part;
    if (chunk.length < CHUNK) continue;
    bytes += Buffer.byteLength(chunk);
    if (bytes > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
    await turn(chunk.length);
    chunk = '';
  }
  if (bytes + Buffer.byteLength(chunk) > maxBytes) throw tooLong(maxBytes);
  chunks.push(chunk);
  return chunks.join('');
}

function* partsOf(value: unknown): Generator<string, void> {
  if (Array.isArray(value)) {
    if (value.length <= SHORT_LIST && !value.some(holdsList)) {
      yield JSON.stringify(value);
      return;
    }
    let before = '[';
    for (const item of value as unknown[]) {
      yield before;
      yield* partsOf(item);
      before = ',';
    }
    yield value.length === 0 ? '[]' : ']';
    return;
  }
  if (!holdsList(value)) {
    // In a list, JSON.stringify writes null for what it leaves out of an object.
    yield value === undefined ? 'null' : JSON.stringify(value);
    return;
  }
  let before = '{';
  for (const [name, held] of Object.entries(value as object)) {
    // As JSON.stringify does it.
    if (held === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    yield* partsOf(held);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

/** Whether there is a list in the object, or in an object in it: such a one is written part by part. */
function holdsList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const held of Object.values(value)) if (Array.isArray(held) ? held.length > 0 : holdsList(held)) return true;
  return false;
}

const tooLong = (maxBytes: number): AppError =>
  new AppError(
    'QUERY_TOO_EXPENSIVE',
    `The answer would be longer than ${String(Math.round(maxBytes / 1024 / 1024))} MB: ask for fewer fields, or page by page with first and after.`,
  );
