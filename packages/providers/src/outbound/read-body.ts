import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Dispatcher } from 'undici';
import { errorCode, OutboundError, problem } from './outbound-error.js';

type Decoder = (input: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

type Decode = (
  input: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, output: Buffer) => void,
) => void;

const DEFLATE = 8;
// Some servers leave the two bytes of zlib away (RFC 9110, section 8.4.1.2).
const inflate: Decode = (input, options, done) =>
  ((input[0] ?? 0) & 0x0f) === DEFLATE ? zlib.inflate(input, options, done) : zlib.inflateRaw(input, options, done);
// Node.js 22.15 and newer have it.
const { zstdDecompress } = zlib as { zstdDecompress?: Decode };

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(zlib.gunzip),
  'x-gzip': promisify<Buffer, { maxOutputLength: number }, Buffer>(zlib.gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(zlib.brotliDecompress),
  ...(zstdDecompress === undefined
    ? {}
    : { zstd: promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress) }),
};

/** Beyond this a body is large. */
const LARGE_BYTES = 1024 * 1024;

export interface ReadBodyOptions {
  readonly maxBytes: number;
  /** Of what is longer the beginning is given; otherwise it rejects. */
  readonly cutsLonger?: boolean;
  /** Asked once, before more than 1 MB is kept. */
  readonly beforeLarge?: () => Promise<void>;
}

/** The whole body as bytes, decoded if it came compressed although nobody asked; the cap holds for both forms. */
export async function readBody(response: Dispatcher.ResponseData, options: ReadBodyOptions): Promise<Buffer> {
  const { maxBytes, cutsLonger = false, beforeLarge } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  let isLarge = false;
  const encoding = encodingOf(response.headers['content-encoding']);
  const grow = async (): Promise<void> => {
    if (isLarge) return;
    isLarge = true;
    await beforeLarge?.();
  };
  // A compressed body grows a hundredfold within one step.
  if (encoding !== '') await grow();
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes && cutsLonger && encoding === '') {
      chunks.push(chunk.subarray(0, chunk.length - (size - maxBytes)));
      break;
    }
    // Leaving the loop destroys the body, and the connection with it.
    if (size > maxBytes) throw tooLarge(maxBytes);
    if (size > LARGE_BYTES) await grow();
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks), encoding, maxBytes);
}

function encodingOf(header: string | string[] | undefined): string {
  const encoding = String(header ?? '')
    .trim()
    .toLowerCase();
  return encoding === 'identity' ? '' : encoding;
}

async function decode(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === '' || bytes.length === 0) return bytes;
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!decoder) {
    const message = `The answer is compressed with "${encoding.slice(0, 40)}" although none was asked for.`;
    throw new OutboundError(
      'ANSWER',
      problem('UNEXPECTED_SHAPE', message, 'Switch off compression in the proxy before the endpoint.'),
    );
  }
  try {
    return await decoder(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (errorCode(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, cause);
    const message = `The answer says that it is compressed with ${encoding}, but is not.`;
    throw new OutboundError(
      'ANSWER',
      problem('UNEXPECTED_SHAPE', message, 'Switch off compression in the proxy before the endpoint.'),
      {
        cause,
      },
    );
  }
}

function tooLarge(maxBytes: number, cause?: unknown): OutboundError {
  const limit =
    maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MB` : `${Math.ceil(maxBytes / 1024)} KB`;
  const failure = problem('TOO_LARGE', `The answer is larger than ${limit}.`, 'Is this the URL of a model server?');
  return new OutboundError('ANSWER', failure, { cause });
}
