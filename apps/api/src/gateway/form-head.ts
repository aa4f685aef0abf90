import type { Readable } from 'node:stream';
import { AppError } from '../errors.js';

/** The beginning of a form up to behind the field that names the model, and the rest as it comes. */
export interface FormHead {
  readonly bytes: Buffer;
  /** The value of `model` and where it stands in `bytes`: [start, end). */
  readonly model: { readonly value: string; readonly start: number; readonly end: number };
  /** Null: the form has ended. */
  next(): Promise<Buffer | null>;
}

/**
 * A request's body, asked for piece by piece. An iterator of the stream itself would destroy it at its end, and with it the
 * connection on which the caller waits for an answer.
 */
export class PulledBody {
  readonly #chunks: Buffer[] = [];
  #isOver = false;
  #error: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(private readonly payload: Readable) {
    payload.on('data', this.#onData);
    payload.once('end', () => this.#end(null));
    payload.once('error', (cause) => {
      this.#end(new AppError('BAD_USER_INPUT', 'The form was broken off.', {}, { cause }));
    });
    payload.once('close', () => this.#end(new AppError('BAD_USER_INPUT', 'The form was broken off.')));
    payload.pause();
  }

  /** Null: it has ended. Rejects where it was broken off. */
  async next(): Promise<Buffer | null> {
    while (this.#chunks.length === 0 && !this.#isOver) {
      const came = new Promise<void>((resolve) => (this.#wake = resolve));
      this.payload.resume();
      await came;
    }
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return chunk;
    if (this.#error !== null) throw this.#error;
    return null;
  }

  /** Lets what is left of it come and go: the connection can serve again. */
  abandon(): void {
    this.payload.off('data', this.#onData);
    this.#chunks.length = 0;
    this.payload.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.payload.pause();
    this.#wake?.();
  };

  #end(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#wake?.();
  }
}

/** Fields before a file are short: a prompt, a language, a format. */
const LONGEST_HEAD = 256 * 1024;
const LONGEST_NAME = 1_000;

/**
 * Reads a form (RFC 7578) until the field `model` is complete, and leaves the rest to be read on. Throws BAD_USER_INPUT
 * where there is none before the first file: the file is not kept in memory to look behind it.
 */
export async function readFormHead(body: PulledBody, contentType: string): Promise<FormHead> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  if (boundary === null) throw new AppError('BAD_USER_INPUT', 'The content type of the form has no boundary.');
  const delimiter = `--${boundary[1] ?? boundary[2] ?? ''}`;
  const watch = new ModelWatch(delimiter);
  const next = async (): Promise<Buffer | null> => {
    const chunk = await body.next();
    if (chunk !== null) watch.push(chunk);
    return chunk;
  };
  const read: Buffer[] = [];
  let size = 0;
  // Looked at again when half as much has come: in pieces of one byte the whole would be copied for each.
  for (let lookAt = 0; ;) {
    const chunk = size > LONGEST_HEAD ? null : await body.next();
    if (chunk !== null) read.push(chunk);
    size += chunk?.length ?? 0;
    if (chunk !== null && size < lookAt) continue;
    const bytes = Buffer.concat(read.splice(0), size);
    const model = findModel(bytes, delimiter);
    if (model !== null) {
      watch.push(bytes.subarray(model.end));
      return { bytes, model, next };
    }
    if (chunk === null) throw noModel();
    read.push(bytes);
    lookAt = size * 1.5;
  }
}

/** Null: not there yet. Throws where a file comes first. */
function findModel(bytes: Buffer, delimiter: string): FormHead['model'] | null {
  let at = bytes.indexOf(delimiter);
  while (at !== -1) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd === -1) return null;
    const head = bytes.toString('utf8', at + delimiter.length, headEnd);
    const start = headEnd + 4;
    if (/^content-disposition:[^\r\n]*;\s*filename\*?=/im.test(head)) throw noModel();
    const end = bytes.indexOf(`\r\n${delimiter}`, start);
    if (end === -1) return null;
    if (/^content-disposition:\s*form-data\s*;[^\r\n]*\bname="?model"?\s*(;|$)/im.test(head)) {
      if (end - start > LONGEST_NAME)
        throw new AppError('BAD_USER_INPUT', 'The model’s name is too long.', { field: 'model' });
      return { value: bytes.toString('utf8', start, end), start, end };
    }
    at = end + 2;
  }
  return null;
}

/** Of one part. */
const LONGEST_PART_HEAD = 8 * 1024;

/**
 * Looks for a second field `model` behind the first: endpoints disagree on which of two counts, so a caller could name one
 * model to us and another to them. Parts are found as the most lenient reader finds them, with bare line ends too.
 */
class ModelWatch {
  #carry: Buffer = Buffer.alloc(0);

  constructor(private readonly delimiter: string) {}

  /** The next bytes of the form, cut anywhere. Throws BAD_USER_INPUT. */
  push(chunk: Buffer): void {
    const start = `\n${this.delimiter}`;
    const bytes = Buffer.concat([this.#carry, chunk]);
    let at = bytes.indexOf(start);
    while (at !== -1) {
      const head = bytes.toString('latin1', at + start.length, at + start.length + LONGEST_PART_HEAD);
      const end = /\n\r?\n/.exec(head);
      if (NAMES_MODEL.test(end === null ? head : head.slice(0, end.index + 1))) throw secondModel();
      if (end === null && head.length < LONGEST_PART_HEAD) {
        this.#carry = bytes.subarray(at);
        return;
      }
      at = bytes.indexOf(start, at + start.length);
    }
    this.#carry = bytes.subarray(Math.max(0, bytes.length - start.length + 1));
  }
}

const NAMES_MODEL = /^content-disposition:[^\n]*[;\s]name\*?\s*=\s*(?:utf-8'[^']*')?"?model"?\s*(?:;|$)/im;

const secondModel = (): AppError =>
  new AppError('BAD_USER_INPUT', 'The form must have the field "model" once.', { field: 'model' });

const noModel = (): AppError =>
  new AppError('BAD_USER_INPUT', 'The form must have the field "model" before its file.', { field: 'model' });
