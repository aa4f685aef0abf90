// Kept by hand: `JSON.parse` reads a whole body in one stretch of the event loop and keeps no byte positions.

import { isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.js';
import { BodyScan, INTRICATE, type RoutingField, type ScannedBody } from './body-scan.js';
import { JsonCursor } from './json-cursor.js';
import type { StringField } from './json-string.js';
import { nextTurn } from './loop-turns.js';

export type { ScannedBody } from './body-scan.js';

/** A scanned body. The byte order mark and the fields that its sender may not send have been removed. */
export type ReadBody = ScannedBody;

/** What the scanner needs to know about the sender of a body. */
interface Sender {
  /** True removes every field besides `model` that chooses a model. */
  readonly isBoundToModels: boolean;
}

/** How long one body may keep everybody else waiting. Most are looked through in a hundredth of it. */
const AT_ONCE_MS = 5;

/**
 * What has to be known of a request in JSON; at once where that is quickly found out, and else in turns with everybody
 * else. Throws, or rejects with, BAD_USER_INPUT for what is no JSON object, and for one that parsers could read in two
 * ways.
 */
export function readBody(body: Buffer, sender: Sender): ReadBody | Promise<ReadBody> {
  const bytes = withoutMark(body);
  if (!isUtf8(bytes)) throw new AppError('BAD_USER_INPUT', 'The body must be UTF-8.');
  const scan = new BodyScan(bytes);
  return scan.run(performance.now() + AT_ONCE_MS) ? foundBy(scan, sender) : readInTurns(scan, sender);
}

async function readInTurns(scan: BodyScan, sender: Sender): Promise<ReadBody> {
  do await nextTurn();
  while (!scan.run(performance.now() + AT_ONCE_MS));
  return foundBy(scan, sender);
}

const FAILURES = {
  NO_OBJECT: 'The body must be one JSON object.',
  KEY: 'The body has a key that parsers read in different ways. Write keys as short texts without control characters.',
  ROUTING: 'The body has too many fields that choose models.',
  REPEATED: 'The body names keep_alive or options too often: each counts once.',
} as const;

function foundBy(scan: BodyScan, { isBoundToModels }: Sender): ReadBody | Promise<ReadBody> {
  if (scan.failure !== null) throw new AppError('BAD_USER_INPUT', FAILURES[scan.failure]);
  const { found } = scan;
  if (found.isModelAmbiguous) {
    throw new AppError('BAD_USER_INPUT', 'The body must name one model, once, as "model".', { field: 'model' });
  }
  if (!isBoundToModels || found.routing.length === 0) return found;
  // What is left stands elsewhere now, so it is looked through again.
  const left = readBody(withoutFields(found.bytes, found.routing), { isBoundToModels: false });
  const dropped = [...new Set(found.routing.map(({ name }) => name))];
  return left instanceof Promise ? left.then((body) => ({ ...body, dropped })) : { ...left, dropped };
}

/** Some clients begin with the byte order mark of UTF-8. Those of UTF-16 are told by name. */
export function withoutMark(body: Buffer): Buffer {
  const [first, second, third] = body;
  if (first === 0xef && second === 0xbb && third === 0xbf) return body.subarray(3);
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!isUtf16 && first !== 0 && second !== 0) return body;
  throw new AppError('BAD_USER_INPUT', 'The body is UTF-16 or UTF-32. Send it as UTF-8.');
}

/** Null where the bytes are not one JSON object as far as the scan can tell; the endpoint judges the rest. */
export function scanBody(body: Buffer): ScannedBody | null {
  const scan = new BodyScan(body);
  scan.run(Infinity);
  return scan.failure === null ? scan.found : null;
}

/**
 * Whether a text of JSON would become far more in memory than it is itself; what lies too deep cannot be printed again.
 */
export function isIntricate(body: Buffer): boolean {
  const cursor = new JsonCursor(body);
  cursor.skipSpace();
  while (!cursor.walkNested() && !isTooMuch(cursor));
  return isTooMuch(cursor);
}

const isTooMuch = ({ entries, deepest }: JsonCursor): boolean =>
  entries > INTRICATE.entries || deepest > INTRICATE.deep;

/**
 * The body with another model name, as parts to be sent one after the other: nothing else of it is touched or joined.
 */
export function withModel(body: Buffer, model: StringField, name: string): Buffer[] {
  return [body.subarray(0, model.start), Buffer.from(JSON.stringify(name), 'utf8'), body.subarray(model.end)];
}

/** The body without those fields. It is written over: nobody else may have it. */
function withoutFields(body: Buffer, fields: readonly RoutingField[]): Buffer {
  const last = fields.at(-1);
  const cuts = fields.map(({ start, end, next }) => ({ from: start, to: next ?? end }));
  if (last?.next === null) {
    // No comma follows on the last one, so the one before it goes: it stands behind the last field that stays.
    while ((cuts.at(-1)?.from ?? -1) >= last.keptEnd) cuts.pop();
    cuts.push({ from: last.keptEnd, to: last.end });
  }
  let size = 0;
  let at = 0;
  for (const { from, to } of [...cuts, { from: body.length, to: body.length }]) {
    body.copyWithin(size, at, from);
    size += from - at;
    at = to;
  }
  return body.subarray(0, size);
}
