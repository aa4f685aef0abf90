import { InlineThinking, type Told } from './inline-thinking.js';

const NONE: Told = { content: '', thinking: '' };

type Fields = Readonly<Record<string, unknown>>;

/** The text and the thoughts of a delta or of a whole message, in any of the forms that servers send them in. */
export class MessageReader {
  readonly #inline = new InlineThinking();

  read(message: Fields): Told {
    const { content: given } = message;
    const parts = Array.isArray(given) ? fromParts(given as unknown[]) : isFields(given) ? fromParts([given]) : NONE;
    const text = string(given) + parts.content + string(message['refusal']);
    const { content, thinking } = this.#inline.push(text);
    return { content, thinking: thoughtsOf(message) + parts.thinking + thinking };
  }

  end(): Told {
    return this.#inline.end();
  }
}

/** Fields that have the thoughts, the first one first: where a server sends several, they say the same. */
export const THOUGHT_FIELDS: readonly string[] = [
  'reasoning_content',
  'reasoning',
  'reasoning_text',
  'thinking',
  'thought',
  'reasoning_details',
  'thinking_blocks',
];

function thoughtsOf(message: Fields): string {
  for (const name of THOUGHT_FIELDS) {
    const thoughts = thoughtsIn(message[name]);
    if (thoughts !== '') return thoughts;
  }
  return '';
}

/** Lists and parts in each other: a list of parts, whose summary is a list of parts again. */
const DEEPEST_THOUGHTS = 6;
const THOUGHT_TEXTS = ['text', 'summary', 'thinking', 'content'];

/** A text, or parts of one: what is encrypted has none. */
function thoughtsIn(value: unknown, deep = 0): string {
  if (typeof value === 'string') return value;
  if (deep > DEEPEST_THOUGHTS) return '';
  if (Array.isArray(value)) return (value as unknown[]).map((one) => thoughtsIn(one, deep + 1)).join('');
  if (!isFields(value)) return '';
  for (const name of THOUGHT_TEXTS) {
    const thoughts = thoughtsIn(value[name], deep + 1);
    if (thoughts !== '') return thoughts;
  }
  return '';
}

/** Parts that are thoughts, by what their type begins with. */
const THOUGHT_PART = /^(?:thinking|thought|reasoning)/;

function fromParts(parts: readonly unknown[]): Told {
  return parts.reduce<Told>((told, part) => {
    if (typeof part === 'string') return { ...told, content: told.content + part };
    if (!isFields(part)) return told;
    if (!THOUGHT_PART.test(string(part['type']))) {
      return { ...told, content: told.content + string(part['text']) + string(part['refusal']) };
    }
    const inner = thoughtsIn(part['thinking']) || thoughtsIn(part['reasoning']) || thoughtsIn(part);
    return { ...told, thinking: told.thinking + inner };
  }, NONE);
}

/** The choice that is the answer, where there is one: nobody asked for several. */
export function firstChoice(answer: Fields): Fields | null {
  const { choices } = answer as { choices?: unknown };
  const given = (Array.isArray(choices) ? (choices as unknown[]) : []).filter(isFields);
  return given.find(({ index }) => typeof index !== 'number' || index === 0) ?? given[0] ?? null;
}

export const fieldsAt = (of: Fields, name: string): Fields => {
  const value = of[name];
  return isFields(value) ? value : {};
};

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const string = (value: unknown): string => (typeof value === 'string' ? value : '');
