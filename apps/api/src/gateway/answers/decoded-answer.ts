import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { Dispatcher } from 'undici';
import { firstValue } from '../forwarding/forwarded-headers.js';
import { kindOfStart } from './body-kind.js';

type Controller = Dispatcher.DispatchController;

/**
 * An answer that was cut inside of its encoding gives what there is of it: whether it is whole is judged by what it
 * says.
 */
const LENIENT = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const GZIP_BYTE = 0x1f;
const ZSTD_BYTE = 0x28;
const DEFLATE = 8;
/** Say of the encoded bytes what does not hold for the decoded ones. */
const ABOUT_THE_BYTES = ['content-encoding', 'content-length', 'content-md5', 'digest', 'etag', 'accept-ranges'];

/** Undoes an encoding, by the first byte of the body; null: the body is not in it, or it is unknown here. */
function decoderOf(encoding: string, first: number): Transform | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return first === GZIP_BYTE ? zlib.createGunzip(LENIENT) : null;
    case 'deflate':
      // Some servers leave the two bytes of zlib away (RFC 9110, section 8.4.1.2).
      return (first & 0x0f) === DEFLATE ? zlib.createInflate(LENIENT) : zlib.createInflateRaw(LENIENT);
    case 'br':
      return zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    case 'zstd':
      // Node.js 22.15 and newer have it.
      return first === ZSTD_BYTE && 'createZstdDecompress' in zlib
        ? (zlib as unknown as { createZstdDecompress: () => Transform }).createZstdDecompress()
        : null;
    default:
      return null;
  }
}

/**
 * What it names, without what changes nothing; '' where that is all. A server that compresses on the way says so as
 * transfer encoding (RFC 9112, section 7.2), of which only the pieces have been undone.
 */
function encodingOf({ 'content-encoding': content, 'transfer-encoding': transfer }: IncomingHttpHeaders): string {
  if (content === undefined && (transfer === undefined || transfer === 'chunked')) return '';
  const stated = `${firstValue(content) ?? ''},${transfer ?? ''}`;
  const names = stated.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity' && name !== 'chunked').join(', ');
}

/** It names an encoding, and is in none: some say "utf-8" there, or "gzip" of what their proxy has decoded. */
function isPlain(start: Buffer): boolean {
  const kind = kindOfStart(start);
  return kind === 'JSON' || kind === 'EVENTS';
}

/**
 * Stands between an endpoint and whoever takes its answer, and decodes one that came compressed: we asked for none, in
 * place of the caller, who may not be able to read it. What is in another encoding, or not in the one it names, passes
 * as it is.
 */
export class DecodedAnswer implements Dispatcher.DispatchHandler, Dispatcher.DispatchController {
  #source: Controller | null = null;
  #encoding: string | null = null;
  /** Told when the first byte of the body is there. */
  #head: { readonly status: number; readonly headers: IncomingHttpHeaders } | null = null;
  #decoder: Transform | null = null;
  #isSourceOver = false;
  #isOver = false;
  #isPaused = false;

  constructor(private readonly inner: Required<Pick<Dispatcher.DispatchHandler, HandlerMethod>>) {}

  // What is told to whoever takes the answer: of the source's controller, or of the decoder behind it.

  get aborted(): boolean {
    return this.#source?.aborted ?? false;
  }

  get paused(): boolean {
    return this.#isPaused;
  }

  get reason(): Error | null {
    return this.#source?.reason ?? null;
  }

  pause(): void {
    this.#isPaused = true;
    (this.#decoder ?? this.#source)?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    (this.#decoder ?? this.#source)?.resume();
  }

  /** A source that is over does not tell of it any more. */
  abort(reason: Error): void {
    if (this.#isSourceOver) this.#fail(reason);
    else this.#source?.abort(reason);
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#source = controller;
    this.inner.onRequestStart(this, context);
  }

  onResponseStart(_controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    const encoding = status < 200 ? '' : encodingOf(headers);
    if (encoding === '') {
      this.inner.onResponseStart(this, status, headers);
      return;
    }
    this.#encoding = encoding;
    this.#head = { status, headers };
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#head !== null) this.#begin(chunk);
    if (this.#decoder === null) {
      this.inner.onResponseData(this, chunk);
      return;
    }
    if (this.#decoder.write(chunk)) return;
    this.#source?.pause();
    this.#decoder.once('drain', () => this.#source?.resume());
  }

  onResponseEnd(_controller: Controller, trailers: IncomingHttpHeaders): void {
    this.#isSourceOver = true;
    this.#tellHead();
    if (this.#decoder === null) this.inner.onResponseEnd(this, trailers);
    else this.#decoder.end();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.#isSourceOver = true;
    this.#fail(error);
  }

  #begin(start: Buffer): void {
    const decoder = decoderOf(this.#encoding ?? '', start[0] ?? 0);
    if (decoder === null && this.#head !== null && isPlain(start)) {
      const { status, headers } = this.#head;
      const { 'content-encoding': _, ...others } = headers;
      this.#head = { status, headers: others };
    }
    if (decoder !== null && this.#head !== null) {
      const { status, headers } = this.#head;
      const others = Object.entries(headers).filter(([name]) => !ABOUT_THE_BYTES.includes(name));
      this.#head = { status, headers: Object.fromEntries(others) };
      this.#decoder = decoder;
      decoder.on('data', (chunk: Buffer) => {
        if (!this.#isOver) this.inner.onResponseData(this, chunk);
      });
      decoder.once('end', () => {
        if (this.#isOver) return;
        this.#isOver = true;
        this.inner.onResponseEnd(this, {});
      });
      decoder.once('error', (error) => this.abort(error));
    }
    this.#tellHead();
  }

  #tellHead(): void {
    const head = this.#head;
    this.#head = null;
    if (head !== null) this.inner.onResponseStart(this, head.status, head.headers);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#decoder?.destroy();
    this.inner.onResponseError(this, error);
  }
}

type HandlerMethod = 'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError';
