import type { IncomingHttpHeaders } from 'node:http';
import type { MaskStream, SecretMask } from '@intrallm/providers';
import { NO_BYTES } from '../answers/answer-reader.js';
import { firstValue } from '../forwarding/forwarded-headers.js';

/** What is said of the endpoint's own bytes, and does not hold for others. */
const ABOUT_THE_BYTES = ['content-encoding', 'content-length', 'content-md5', 'content-type', 'digest', 'etag'];

/**
 * The body of an error on its way to the caller, without what it repeats of our own headers. One in an encoding that is
 * unknown here, though we asked for none, cannot be looked into: a sentence takes its place.
 */
export class ErrorBody {
  /** Of the body as it goes on. */
  readonly headers: IncomingHttpHeaders;
  readonly #masked: MaskStream | null;
  /** What takes the place of the body; null: nothing does, or it has gone on already. */
  #sentence: Buffer | null = null;

  constructor(status: number, headers: IncomingHttpHeaders, mask: SecretMask) {
    const encoding = firstValue(headers['content-encoding'])?.trim().toLowerCase() ?? '';
    const isReadable = encoding === '' || encoding === 'identity';
    this.headers = isReadable ? headers : aboutASentence(headers);
    this.#masked = isReadable ? mask.stream() : null;
    if (!isReadable) this.#sentence = Buffer.from(sentence(status));
  }

  /** What of these bytes, and of those before, goes on now. */
  push(chunk: Buffer): Buffer {
    return this.#masked === null ? this.#takeSentence() : this.#masked.push(chunk);
  }

  /** What is left. */
  end(): Buffer {
    return this.#masked === null ? this.#takeSentence() : this.#masked.end();
  }

  #takeSentence(): Buffer {
    const taken = this.#sentence ?? NO_BYTES;
    this.#sentence = null;
    return taken;
  }
}

const sentence = (status: number): string =>
  `The endpoint answered ${String(status)} with a body in an encoding that nobody asked for and that could not be read.`;

function aboutASentence(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const others = Object.entries(headers).filter(([name]) => !ABOUT_THE_BYTES.includes(name));
  return { ...Object.fromEntries(others), 'content-type': 'text/plain; charset=utf-8' };
}
