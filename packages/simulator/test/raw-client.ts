import { connect } from 'node:net';

export interface RawAnswer {
  /** Everything that came, until the server closed or the answer was complete. */
  readonly text: string;
  readonly statusLine: string;
  /** Names and values in the order and case they came in. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** Contents of the HTTP chunks; null where the body was not chunked. */
  readonly chunks: readonly string[] | null;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends one request over a bare socket and returns the bytes of its answer. The connection is closed afterwards. */
export async function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  // A reset shows as an error or, where it comes together with data, as an end: what counts is what came before it.
  socket.on('error', () => undefined);
  socket.write(head(port, request) + (request.body ?? ''));
  // Not events.once, which rejects on a reset.
  await new Promise((resolve) => socket.once('close', resolve));
  return parse(Buffer.concat(parts));
}

function head(port: number, { method = 'GET', path, headers = {}, body }: RawRequest): string {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: 'close',
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function parse(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = bytes.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const body = bytes.subarray(end + 4);
  const isChunked = headers.some(([name, value]) => name.toLowerCase() === 'transfer-encoding' && value === 'chunked');
  return { text: bytes.toString(), statusLine, headers, body, chunks: isChunked ? unchunk(body) : null };
}

/** Chunks up to the first that is not complete. */
function unchunk(body: Buffer): readonly string[] {
  const chunks: string[] = [];
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = lineEnd < 0 ? 0 : Number.parseInt(body.subarray(at, lineEnd).toString(), 16);
    if (!(size > 0) || lineEnd + 2 + size > body.length) return chunks;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size).toString());
    at = lineEnd + 2 + size + 2;
  }
}
