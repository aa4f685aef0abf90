// Finds a few fields at the top of a JSON object without parsing it: JSON.parse of a 20 MB body takes tens of
// milliseconds and four times its memory, and printing it again would lose large integers and the order of keys.
import type { InstanceField } from './instance-fields.js';
import { isScalarByte, JsonCursor, QUOTE } from './json-cursor.js';
import { isWord, keyName, stringField, type StringField } from './json-string.js';
import { routesModels } from './routing-fields.js';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;
const COLON = 0x3a;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** A field that may choose other models than `model` does: see routing-fields.ts. */
export interface RoutingField {
  readonly name: string;
  /** Of its key, and behind its value. */
  readonly start: number;
  readonly end: number;
  /** Behind the comma that follows; null: it is the last field. */
  readonly next: number | null;
  /** Behind the value of the field before it that is none of these; behind the brace where there is none. */
  readonly keptEnd: number;
}

export interface ScannedBody {
  /** The top-level `model` where it is a string; null where there is none. */
  readonly model: StringField | null;
  /**
   * `model` stands there twice, or in another case. Endpoints disagree on which of two counts, and those written in Go
   * read any case, so a caller could name one model to us and another to them.
   */
  readonly isModelAmbiguous: boolean;
  /** The top-level `stream` is true. */
  readonly stream: boolean;
  /** It is false: where a stream is the rule, that says more than its absence. */
  readonly refusesStream: boolean;
  /** The top-level `previous_response_id` where it is a string: what it names is at one endpoint only. */
  readonly previousResponseId: string | null;
  /**
   * Where more fields may be put, behind the brace that the object begins with; null: `stream_options` is there, in any
   * case.
   */
  readonly optionsAt: number | null;
  readonly routing: readonly RoutingField[];
  /** What an Ollama instance heeds beyond the request itself, in any case: see instance-fields.ts. */
  readonly instance: readonly InstanceField[];
  /** Read as a whole, it would become far more in memory than it is itself: 32 MB of `0,` are gigabytes then. */
  readonly isIntricate: boolean;
  /** What was looked through, as it is sent on. */
  readonly bytes: Buffer;
  /**
   * Names of the fields that were taken out of it, because its token is bound to some models and these choose others.
   */
  readonly dropped: readonly string[];
}

/** Why a body is not taken. */
type ScanFailure = 'NO_OBJECT' | 'KEY' | 'ROUTING' | 'REPEATED';

/**
 * What is read as a whole: objects, lists and entries of them that a body may have, and how deep they may lie in each
 * other.
 */
export const INTRICATE = { entries: 50_000, deep: 500 };
const MOST_ROUTING = 32;
const NOTHING: readonly string[] = [];
const MOST_INSTANCE = 8;
/** Bytes of a number or a word: a longer one is neither. */
const LONGEST_SCALAR = 1_000;
/** Fields between two looks at the clock. */
const FIELDS_AT_ONCE = 256;

/** Looks through one body, for as long as it is let, and goes on from there. */
export class BodyScan {
  failure: ScanFailure | null = null;
  #state: 'BEGIN' | 'KEY' | 'VALUE' | 'AFTER' | 'END' = 'BEGIN';
  readonly #cursor: JsonCursor;
  #keyStart = 0;
  #name: string | null = null;
  #valueStart = 0;
  #keptEnd = 0;
  #model: StringField | null = null;
  #modelKeys = 0;
  #isModelAmbiguous = false;
  #stream = false;
  #refusesStream = false;
  #previousResponseId: string | null = null;
  #optionsAt: number | null = null;
  readonly #routing: RoutingField[] = [];
  readonly #instance: InstanceField[] = [];

  constructor(private readonly body: Buffer) {
    this.#cursor = new JsonCursor(body);
  }

  /** True: it is over. `until`: on the clock of `performance.now()`. */
  run(until: number): boolean {
    for (let fields = 1; this.#state !== 'END'; fields += 1) {
      const isWaiting = !this.#step();
      if ((isWaiting || fields % FIELDS_AT_ONCE === 0) && performance.now() > until) return false;
    }
    return true;
  }

  /** When it is over and there is no failure. */
  get found(): ScannedBody {
    const { entries, deepest } = this.#cursor;
    return {
      model: this.#model,
      isModelAmbiguous: this.#isModelAmbiguous,
      stream: this.#stream,
      refusesStream: this.#refusesStream,
      previousResponseId: this.#previousResponseId,
      optionsAt: this.#optionsAt,
      routing: this.#routing,
      instance: this.#instance,
      isIntricate: entries > INTRICATE.entries || deepest > INTRICATE.deep,
      bytes: this.body,
      dropped: NOTHING,
    };
  }

  /** False: there is more of the same, and somebody may look at the clock. */
  #step(): boolean {
    switch (this.#state) {
      case 'BEGIN':
        return this.#begin();
      case 'KEY':
        return this.#key();
      case 'VALUE':
        return this.#value();
      case 'AFTER':
        return this.#after();
      case 'END':
        return true;
    }
  }

  #begin(): boolean {
    const cursor = this.#cursor;
    cursor.skipSpace();
    if (this.body[cursor.at] !== OPEN_BRACE) return this.#fail('NO_OBJECT');
    cursor.at += 1;
    this.#optionsAt = this.#keptEnd = cursor.at;
    cursor.skipSpace();
    if (this.body[cursor.at] === CLOSE_BRACE) return this.#end();
    return this.#beginKey();
  }

  #beginKey(): boolean {
    this.#keyStart = this.#cursor.at;
    if (this.body[this.#keyStart] !== QUOTE) return this.#fail('NO_OBJECT');
    this.#state = 'KEY';
    return true;
  }

  #key(): boolean {
    const cursor = this.#cursor;
    if (!cursor.walkString()) return false;
    if (cursor.failed) return this.#fail('NO_OBJECT');
    this.#name = keyName(this.body, this.#keyStart, cursor.at);
    if (this.#name === null) return this.#fail('KEY');
    cursor.skipSpace();
    if (this.body[cursor.at] !== COLON) return this.#fail('NO_OBJECT');
    cursor.at += 1;
    cursor.skipSpace();
    this.#valueStart = cursor.at;
    this.#state = 'VALUE';
    return true;
  }

  #value(): boolean {
    const cursor = this.#cursor;
    const first = this.body[this.#valueStart];
    const isOver =
      first === QUOTE
        ? cursor.walkString()
        : first === OPEN_BRACE || first === OPEN_BRACKET
          ? cursor.walkNested()
          : this.#walkScalar();
    if (!isOver) return false;
    if (cursor.failed) return this.#fail('NO_OBJECT');
    this.#state = 'AFTER';
    return true;
  }

  #walkScalar(): boolean {
    const cursor = this.#cursor;
    const last = Math.min(this.body.length, cursor.at + LONGEST_SCALAR);
    let { at } = cursor;
    while (at < last && isScalarByte(this.body[at])) at += 1;
    if (at === cursor.at) cursor.failed = true;
    cursor.at = at;
    return true;
  }

  #after(): boolean {
    const { body } = this;
    const cursor = this.#cursor;
    const end = cursor.at;
    cursor.skipSpace();
    const byte = body[cursor.at];
    if (byte !== COMMA && byte !== CLOSE_BRACE) return this.#fail('NO_OBJECT');
    this.#note(this.#name ?? '', end, byte === COMMA ? cursor.at + 1 : null);
    if (this.failure !== null) return true;
    if (byte === CLOSE_BRACE) return this.#end();
    cursor.entries += 1;
    cursor.at += 1;
    cursor.skipSpace();
    return this.#beginKey();
  }

  #note(key: string, end: number, next: number | null): void {
    const { body } = this;
    const start = this.#valueStart;
    const name = key === '' ? '' : folded(key);
    if (routesModels(name, body[start] === OPEN_BRACE)) {
      if (this.#routing.length >= MOST_ROUTING) this.#fail('ROUTING');
      this.#routing.push({ name, start: this.#keyStart, end, next, keptEnd: this.#keptEnd });
      return;
    }
    this.#keptEnd = end;
    if (name === 'model') {
      this.#modelKeys += 1;
      this.#isModelAmbiguous = this.#modelKeys > 1 || key !== 'model';
      this.#model = stringField(body, start, end);
    } else if (key === 'stream') {
      this.#stream = isWord(body, start, end, TRUE);
      this.#refusesStream = isWord(body, start, end, FALSE);
    } else if (name === 'keep_alive' || (name === 'options' && body[start] === OPEN_BRACE)) {
      if (this.#instance.length >= MOST_INSTANCE) this.#fail('REPEATED');
      this.#instance.push({ name, start, end });
    } else if (name === 'stream_options') this.#optionsAt = null;
    else if (key === 'previous_response_id') {
      this.#previousResponseId = stringField(body, start, end)?.value ?? null;
    }
  }

  #end(): boolean {
    const cursor = this.#cursor;
    cursor.at += 1;
    cursor.skipSpace();
    if (cursor.at !== this.body.length) return this.#fail('NO_OBJECT');
    this.#state = 'END';
    return true;
  }

  #fail(failure: ScanFailure): true {
    this.failure = failure;
    this.#state = 'END';
    return true;
  }
}

/** Small letters for the same name in any case; the long s counts as one where Go compares. */
const folded = (key: string): string => (LOWER_CASE.test(key) ? key : key.toLowerCase().replaceAll('ſ', 's'));
/** Most keys are, and need no other writing. */
const LOWER_CASE = /^[a-z_]*$/;
