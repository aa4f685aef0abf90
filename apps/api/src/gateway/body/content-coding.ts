import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import zlib from 'node:zlib';
import { AppError } from '../../errors.js';
import { EitherInflate } from './either-inflate.js';

/** By name, as RFC 9110, section 8.4.1 has them. Node.js has zstd from 22.15 on. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  ['deflate', () => new EitherInflate()],
  ['br', () => zlib.createBrotliDecompress()],
  ...('createZstdDecompress' in zlib ? [['zstd', zlib.createZstdDecompress as () => Transform] as const] : []),
]);
/** Nobody compresses more often than that. */
const MOST_CODINGS = 3;

/**
 * The body of a request without its content codings; the payload itself where it has none. Throws UNSUPPORTED_TYPE for
 * a coding that is not known here. What is not coded as it says makes an 'error': see `bodyError`. Destroying what is
 * given lets the rest of the payload come and go.
 */
export function decodedBody(payload: IncomingMessage): Readable {
  const { 'content-encoding': coding = '', 'transfer-encoding': transfer = 'chunked' } = payload.headers;
  // Nearly every body.
  if (coding === '' && transfer === 'chunked') return payload;
  if (transfer.trim().toLowerCase() !== 'chunked') throw unsupported('Transfer-Encoding', transfer);
  const names = coding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const decoders = names.reverse().map((name) => DECODERS.get(name));
  if (names.length > MOST_CODINGS || decoders.includes(undefined)) throw unsupported('Content-Encoding', coding);
  return decoders.reduce<Readable>(
    (source, create) => (create === undefined ? source : chained(payload, source, create())),
    payload,
  );
}

/** What the caller is told where a body, decoded or not, could not be read to its end. */
export function bodyError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = (cause as { code?: unknown } | null)?.code;
  const isWrongCoding = typeof code === 'string' && /^(?:Z_|ZSTD_|ERR__|ERR_ZSTD|ERR_BROTLI)/.test(code);
  const what = isWrongCoding
    ? 'The body is not compressed as its Content-Encoding says, or not complete.'
    : 'The body was broken off before its end. Send it again.';
  return new AppError('BAD_USER_INPUT', what, {}, { cause });
}

/** By hand: a pipeline would destroy the payload with what failed, and the caller could not be told why. */
function chained(payload: IncomingMessage, source: Readable, decoder: Transform): Readable {
  source.once('error', (error: Error) => decoder.destroy(error));
  // A payload that is cut closes without an end.
  source.once('close', () => {
    if (!source.readableEnded) decoder.destroy(bodyError(null));
  });
  decoder.once('close', () => {
    source.unpipe(decoder);
    if (source === payload) payload.resume();
    else source.destroy();
  });
  return source.pipe(decoder);
}

const unsupported = (header: string, coding: string): AppError =>
  new AppError(
    'UNSUPPORTED_TYPE',
    `${header} "${coding.slice(0, 100)}" cannot be read here. Send the body as it is, or with one of: ${[...DECODERS.keys()].join(', ')}.`,
    { field: header.toLowerCase() },
  );
