/** A tool call of an answer. */
export interface ToolCall {
  /** Null: the endpoint gave none. */
  readonly id: string | null;
  readonly name: string;
  /** The text of a JSON object, as the model wrote it: printing it again would lose large integers. */
  readonly arguments: string;
}

/** Of all calls of one answer, in characters. */
const LONGEST_ARGUMENTS = 4 * 1024 * 1024;
const MOST_CALLS = 256;

interface OpenCall {
  readonly id: string | null;
  readonly index: number | null;
  name: string;
  readonly parts: string[];
  readonly end: ObjectEnd;
}

/**
 * Puts the tool calls of an answer together from their pieces. Servers disagree on what a piece carries: the id on the
 * first one only or on all, an index on each, on none, or 0 on all of them.
 */
export class ToolCallGatherer {
  readonly #calls: OpenCall[] = [];
  #length = 0;
  #isTooMuch = false;

  /** More than an answer may have; what came after is not kept. */
  get isTooMuch(): boolean {
    return this.#isTooMuch;
  }

  /** `pieces`: the `tool_calls` of a delta or of a whole message, as they came. */
  push(pieces: unknown): void {
    if (!Array.isArray(pieces) || this.#isTooMuch) return;
    for (const piece of pieces as unknown[]) {
      if (isObject(piece)) this.#add(piece);
    }
  }

  /** All of them. Throws where the arguments of one are no JSON object, with words for the caller. */
  finish(): readonly ToolCall[] {
    return this.#calls.map(({ id, name, parts }) => ({ id, name, arguments: toArguments(name, parts.join('')) }));
  }

  #add(piece: Readonly<Record<string, unknown>>): void {
    const called = isObject(piece['function']) ? piece['function'] : {};
    const name = typeof called['name'] === 'string' ? called['name'] : '';
    const given = called['arguments'];
    const text = typeof given === 'string' ? given : isObject(given) ? JSON.stringify(given) : '';
    this.#length += text.length;
    const id = typeof piece['id'] === 'string' && piece['id'] !== '' ? piece['id'] : null;
    const index = typeof piece['index'] === 'number' ? piece['index'] : null;
    const known = this.#find(id, index, name);
    if (this.#length > LONGEST_ARGUMENTS || (known === undefined && this.#calls.length >= MOST_CALLS)) {
      this.#isTooMuch = true;
      return;
    }
    const call = known ?? { id, index, name, parts: [], end: new ObjectEnd() };
    if (known === undefined) this.#calls.push(call);
    else if (known.name === '') known.name = name;
    call.parts.push(text);
    call.end.push(text);
  }

  #find(id: string | null, index: number | null, name: string): OpenCall | undefined {
    const calls = this.#calls;
    if (id !== null) return calls.find((call) => call.id === id);
    const call = index === null ? calls.at(-1) : calls.findLast((one) => one.index === index);
    // Another one under the same number: the one before is complete, and this one begins with its name.
    const isAnother = call !== undefined && name !== '' && call.name !== '' && call.end.isReached;
    return isAnother || (index === null && name !== '') ? undefined : call;
  }
}

/** Line ends may stand between the tokens of JSON, and would end a line of the answer. */
function toArguments(name: string, text: string): string {
  if (text.trim() === '') return '{}';
  if (!isJsonObject(text)) throw new Error(`The model called "${name}" with arguments that are no JSON object.`);
  return text.trim().replaceAll(/[\r\n]+/g, ' ');
}

/**
 * Sees where the text of a JSON object ends, piece by piece: some servers name the call on each of its pieces, and parsing all
 * that is there for each of them would take minutes.
 */
class ObjectEnd {
  /** The brace that it began with is closed. */
  isReached = false;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  push(text: string): void {
    for (let at = 0; at < text.length && !this.isReached; at += 1) {
      const mark = text[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (mark === '"') this.#isInString = !this.#isInString;
      else if (this.#isInString) this.#isEscaped = mark === '\\';
      else if (mark === '{') this.#depth += 1;
      else if (mark === '}') {
        this.#depth -= 1;
        this.isReached = this.#depth === 0;
      }
    }
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

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
