import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeaderList, Json, Reply } from '../reply.js';
import { parseObject } from '../requests/request-body.js';
import { describeRequest, likeness, type RequestTraits } from '../requests/request-traits.js';
import type { Exchange } from './exchange.js';

export interface RecordedExchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    /** A string was sent as it is. */
    readonly body?: Json;
  };
  readonly response: {
    readonly status: number;
    readonly headers: HeaderList;
    readonly body?: string;
    readonly chunks?: readonly string[];
  };
}

interface RecordingFile {
  readonly server: string;
  readonly exchanges: readonly RecordedExchange[];
}

/** From src/simulator and from dist/simulator alike. */
const FOLDER = join(import.meta.dirname, '../../recorded');
const files = new Map<string, RecordingFile>();

export function readRecording(name: string): RecordingFile {
  const known = files.get(name);
  if (known !== undefined) return known;
  const file = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as RecordingFile;
  files.set(name, file);
  return file;
}

interface Candidate {
  readonly exchange: RecordedExchange;
  readonly traits: RequestTraits;
}

/** Answers requests with what a real server answered to the most similar one. */
export class Recording {
  private preferred: readonly string[] = [];
  private readonly candidates: readonly Candidate[];
  /** The key the recorded server demanded; null: it demanded none. */
  private readonly recordedKey: string | null;

  static load({ file, use = [] }: { readonly file: string; readonly use?: readonly string[] }): Recording {
    return new Recording(readRecording(file).exchanges, use);
  }

  private constructor(
    exchanges: readonly RecordedExchange[],
    private readonly standing: readonly string[],
  ) {
    this.recordedKey = mostCommonKey(exchanges);
    this.candidates = exchanges.map((exchange) => ({ exchange, traits: this.describe(exchange) }));
    this.use([]);
  }

  use(names: readonly string[]): void {
    for (const name of [...names, ...this.standing]) {
      if (!this.candidates.some(({ exchange }) => exchange.name === name))
        throw new Error(`No exchange "${name}" was recorded.`);
    }
    this.preferred = [...names, ...this.standing];
  }

  /** The recorded answer. A key given here takes the place of the recorded one. */
  reply(exchange: Exchange, key: string | null): Reply {
    const traits = describeRequest({
      method: exchange.method,
      path: exchange.path,
      headers: exchange.headers,
      body: exchange.body.length === 0 ? undefined : (parseObject(exchange.body) ?? 'malformed'),
      key: this.recordedKey === null ? null : (key ?? this.recordedKey),
    });
    return toReply(exchange, this.match(traits).response);
  }

  private match(traits: RequestTraits): RecordedExchange {
    const places = this.candidates.filter((candidate) => samePlace(candidate.traits, traits));
    const pinned = places.filter(({ exchange }) => this.preferred.includes(exchange.name));
    const best = bestOf(pinned.length > 0 ? pinned : places, traits) ?? this.fallback(traits);
    if (best === undefined) throw new Error('The recording has no answer to an unknown path.');
    return best;
  }

  /** What that server answers to a foreign caller, a wrong method, or a path it does not know. */
  private fallback(traits: RequestTraits): RecordedExchange | undefined {
    const named = (name: string): RecordedExchange | undefined =>
      this.candidates.find(({ exchange }) => exchange.name === name)?.exchange;
    if (traits.isForeign) return named('foreign-origin') ?? named('unknown-path');
    const elsewhere = this.candidates.some((candidate) => candidate.traits.path === traits.path);
    return (elsewhere ? named('tags-wrong-method') : undefined) ?? named('unknown-path');
  }

  private describe({ request }: RecordedExchange): RequestTraits {
    const body = typeof request.body === 'string' ? 'malformed' : request.body;
    return describeRequest({ ...request, body, key: this.recordedKey });
  }
}

function bestOf(candidates: readonly Candidate[], asked: RequestTraits): RecordedExchange | undefined {
  const scored = candidates.map(({ exchange, traits }) => ({
    exchange,
    score: likeness(traits, asked, exchange.response.status),
  }));
  // Equals differ by the server's state alone: one with content says more, and the plain name is the plain case.
  scored.sort(
    (a, b) =>
      b.score - a.score ||
      Number(isEmpty(a.exchange)) - Number(isEmpty(b.exchange)) ||
      a.exchange.name.length - b.exchange.name.length,
  );
  return scored[0]?.exchange;
}

function samePlace(recorded: RequestTraits, asked: RequestTraits): boolean {
  return recorded.method === asked.method && recorded.path === asked.path && recorded.isForeign === asked.isForeign;
}

function isEmpty({ name }: RecordedExchange): boolean {
  return name.startsWith('empty-') || name.endsWith('-before');
}

function mostCommonKey(exchanges: readonly RecordedExchange[]): string | null {
  const counts = new Map<string, number>();
  for (const { request } of exchanges) {
    const key = request.headers.authorization?.replace(/^Bearer /, '');
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

function toReply({ method }: Exchange, { status, headers, body = '', chunks }: RecordedExchange['response']): Reply {
  if (chunks !== undefined) return { status, headers, chunks };
  return { status, headers: method === 'HEAD' ? headers : withTrueLength(headers, body), text: body };
}

/** Addresses and paths of the recording machine were shortened in some bodies; their length has to follow. */
export function withTrueLength(headers: HeaderList, body: string): HeaderList {
  const length = String(Buffer.byteLength(body));
  return headers.map(([name, value]) => [name, name === 'Content-Length' ? length : value] as const);
}
