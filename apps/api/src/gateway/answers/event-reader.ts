import { JsonTap } from '../streams/json-tap.js';
import type { ResponseIdTap } from '../streams/response-id-tap.js';
import { StreamTap } from '../streams/stream-tap.js';
import { UsageChunkFilter } from '../streams/usage-chunk-filter.js';
import { NO_BYTES, type AnswerReader, type Outcome } from './answer-reader.js';
import { kindOfStart, type BodyKind } from './body-kind.js';
import type { TokenCounts } from './token-counts.js';

/**
 * What the last marks of a stream say at this endpoint: whether it sends any, and whether it does so whatever happens.
 */
export type EndMarks = 'NONE' | 'USUALLY' | 'ALWAYS';

interface Settings {
  readonly endMarks: EndMarks;
  /** The event with the counts is not for the caller. */
  readonly hidesTokens: boolean;
  /** Is shown the bytes, as they come; null: the answer has no such id. */
  readonly responseId: ResponseIdTap | null;
}

const ENDED_EARLY = Buffer.from(
  'data: {"error":{"message":"The endpoint ended the answer before it was complete.","type":"server_error","param":null,"code":"truncated"}}\n\n',
);
/** Of the beginning, to see what the body is: what has more blanks is looked at no further. */
const LONGEST_START = 1024;

/** Reads along with a stream of events in OpenAI's format; some servers send one piece of JSON as if it were one. */
export class EventReader implements AnswerReader {
  readonly isStream = true;
  readonly #tap = new StreamTap();
  readonly #filter: UsageChunkFilter | null;
  #json: JsonTap | null = null;
  #kind: BodyKind | null = null;
  #start: Buffer = NO_BYTES;

  constructor(private readonly settings: Settings) {
    this.#filter = settings.hidesTokens ? new UsageChunkFilter() : null;
  }

  get mayShorten(): boolean {
    return this.#filter !== null;
  }

  get tokens(): TokenCounts {
    return this.#filter?.tokens ?? this.#json?.tokens ?? this.#tap.tokens;
  }

  get isFlood(): boolean {
    return this.#tap.isFlood;
  }

  push(chunk: Buffer): Buffer {
    if (this.#kind === null) this.#look(chunk);
    this.#tap.push(chunk);
    this.#json?.push(chunk);
    this.settings.responseId?.push(chunk);
    return this.#filter === null ? chunk : this.#filter.push(chunk);
  }

  end(): Buffer {
    this.#tap.end();
    return this.#filter === null ? NO_BYTES : this.#filter.end();
  }

  outcome(): Exclude<Outcome, 'client-abort'> {
    const { isDone, isFinished, hasError } = this.#tap;
    if (hasError || this.#json?.hasError === true) return 'upstream-error';
    const { endMarks } = this.settings;
    // One piece of JSON is whole by its length.
    if (this.#json !== null || endMarks === 'NONE') return 'complete';
    return isDone || (endMarks === 'USUALLY' && isFinished) ? 'complete' : 'truncated';
  }

  endedEarly(): Buffer | null {
    return this.settings.endMarks === 'ALWAYS' ? ENDED_EARLY : null;
  }

  #look(chunk: Buffer): void {
    this.#start = Buffer.concat([this.#start, chunk.subarray(0, LONGEST_START)]);
    this.#kind = kindOfStart(this.#start) ?? (this.#start.length > LONGEST_START ? 'OTHER' : null);
    if (this.#kind === null) return;
    this.#start = NO_BYTES;
    if (this.#kind === 'JSON') this.#json = new JsonTap();
  }
}
