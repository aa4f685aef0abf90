import { isIntricateText } from '../json/intricate-text.js';
import { ObjectEnd } from '../json/object-end.js';

/** A tool call of an answer. */
export interface ToolCall {
  /** Null: the endpoint gave none. */
  readonly id: string | null;
  readonly name: string;
  /** The text of a JSON object, as the model wrote it: printing it again would lose large integers. */
  readonly arguments: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Of all calls of one answer, in characters. */
const LONGEST_ARGUMENTS = 1024 * 1024;
const MOST_CALLS = 256;

/** One delta of a call. */
interface Piece {
  /** Null: none was given, as with the others. */
  readonly id: string | null;
  readonly index: number | null;
  /** '': it has none. */
  readonly name: string;
  readonly text: string;
}

class OpenCall {
  readonly parts: string[] = [];
  readonly end = new ObjectEnd();
  #length = 0;

  constructor(
    readonly id: string | null,
    readonly index: number | null,
    public name: string,
  ) {}

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  push(text: string): void {
    this.parts.push(text);
    this.#length += text.length;
    this.end.push(text);
  }
}

/**
 * Puts the tool calls of an answer together from their pieces. Servers disagree on what a piece carries: the id on the
 * first one only, on all, or a new one on each; an index on each, on none, or 0 on all of them; the name on the first
 * one, a later one, or all.
 */
export class ToolCallGatherer {
  readonly #calls: OpenCall[] = [];
  #length = 0;
  #isTooMuch = false;

  /** `print`: writes arguments that came as an object. */
  constructor(private readonly print: (value: unknown) => string = JSON.stringify) {}

  /** More than an answer may have; what came after is not kept. */
  get isTooMuch(): boolean {
    return this.#isTooMuch;
  }

  /** Of all arguments so far, in characters. */
  get length(): number {
    return this.#length;
  }

  /** `pieces`: the `tool_calls` of a delta, as they came. */
  push(pieces: unknown): void {
    for (const piece of listOf(pieces)) this.#add(piece, (read) => this.#find(read));
  }

  /** The calls of a delta of a stream, those of the form before `tool_calls` among them. */
  pushDelta(delta: Fields): void {
    this.push(delta['tool_calls']);
    // Where a server sends both forms, they say the same.
    if (this.#calls.some(({ index }) => index !== LEGACY)) return;
    for (const call of listOf(delta['function_call']))
      this.#add({ index: LEGACY, function: call }, (read) => this.#find(read));
  }

  /** Those of a whole message, each of which is a call of its own. */
  pushWhole(message: Fields): void {
    const calls = listOf(message['tool_calls']);
    for (const call of calls) this.#add(call, () => undefined);
    // Where a server sends both forms, they say the same.
    if (calls.length > 0) return;
    for (const call of listOf(message['function_call'])) this.#add({ function: call }, () => undefined);
  }

  /** All of them. Throws where one has no name or its arguments are no JSON object, with words for the caller. */
  finish(): readonly ToolCall[] {
    return this.#calls
      .filter(({ name, isEmpty }) => name !== '' || !isEmpty)
      .map(({ id, name, parts }) => {
        if (name === '') throw new Error('The model called a tool without its name.');
        return { id, name, arguments: toArguments(name, parts.join('')) };
      });
  }

  #add(piece: Fields, find: (read: Piece) => OpenCall | undefined): void {
    if (this.#isTooMuch) return;
    const read = this.#read(piece);
    this.#length += read.text.length;
    const known = find(read);
    if (this.#length > LONGEST_ARGUMENTS || (known === undefined && this.#calls.length >= MOST_CALLS)) {
      this.#isTooMuch = true;
      return;
    }
    const call = known ?? new OpenCall(read.id, read.index, '');
    if (known === undefined) this.#calls.push(call);
    // The name itself may come in pieces, or again with each piece.
    if (call.isEmpty && call.name !== read.name) call.name += read.name;
    else if (call.name === '') call.name = read.name;
    call.push(read.text);
  }

  #read(piece: Fields): Piece {
    // Some servers leave the object around name and arguments away, and a custom tool has another one.
    const called = [piece['function'], piece['custom']].find(isObject) ?? piece;
    const { name, arguments: first, parameters, input } = called;
    const given = first ?? parameters ?? input;
    const text = typeof given === 'string' ? given : isObject(given) ? this.print(given) : '';
    return { id: idOf(piece['id']), index: indexOf(piece['index']), name: typeof name === 'string' ? name : '', text };
  }

  /** The open call that a piece belongs to; undefined: it begins one. */
  #find(piece: Piece): OpenCall | undefined {
    const calls = this.#calls;
    const { id, index, name } = piece;
    const last = calls.at(-1);
    if (index !== null) {
      const call = calls.findLast((one) => one.index === index);
      return call === undefined || begins(piece, call) ? undefined : call;
    }
    const call = id === null ? undefined : calls.findLast((one) => one.id === id);
    if (call !== undefined) return begins(piece, call) ? undefined : call;
    if (last === undefined || last.name === '') return last;
    if (name === '') return id === null || !last.end.isReached ? last : undefined;
    // Some name the call on each of its pieces.
    return id === null && name === last.name && !last.isEmpty && !last.end.isReached ? last : undefined;
  }
}

/**
 * Whether a piece begins another call than the open one under its index or id: it has a name, and the other one is
 * complete.
 */
function begins({ id, name, text }: Piece, call: OpenCall): boolean {
  if (name === '' || call.name === '') return false;
  const isSameId = id !== null && id === call.id;
  if (call.end.isReached) return !(isSameId && name === call.name && text === '');
  if (name === call.name) return false;
  // A name that goes on comes before the arguments, and with no other id.
  return !call.isEmpty || (id !== null && !isSameId);
}

/** Of calls in the form that had one a message. */
const LEGACY = -1;

/** Some servers send a single one without its list. */
function listOf(value: unknown): readonly Fields[] {
  if (Array.isArray(value)) return (value as unknown[]).filter(isObject);
  return isObject(value) ? [value] : [];
}

function idOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function indexOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null;
}

/** Line ends may stand between the tokens of JSON, and would end a line of the answer. */
function toArguments(name: string, text: string): string {
  const trimmed = decodedOnce(text.trim());
  if (trimmed === '' || trimmed === 'null') return '{}';
  if (isIntricateText(trimmed)) throw new Error(`The model called "${name}" with arguments that have too many parts.`);
  if (!isJsonObject(trimmed)) throw new Error(`The model called "${name}" with arguments that are no JSON object.`);
  return trimmed.replaceAll(/[\r\n]+/g, ' ');
}

/** Some servers write the text of the arguments as JSON once more. */
function decodedOnce(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return (JSON.parse(text) as string).trim();
  } catch {
    // It is judged as it is.
    return text;
  }
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    // Not yet, or never.
    return false;
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
