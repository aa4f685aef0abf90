import { InlineThinking, type Told } from './inline-thinking.js';

const NONE: Told = { content: '', thinking: '' };

type Fields = Readonly<Record<string, unknown>>;

/** The text and the thoughts of a delta or of a whole message, in any of the forms that servers send thoughts in. */
export class MessageReader {
  readonly #inline = new InlineThinking();

  read(message: Fields): Told {
    const apart = string(message['reasoning_content']) || string(message['reasoning']);
    const { content, thinking } = Array.isArray(message['content'])
      ? fromParts(message['content'] as unknown[])
      : this.#inline.push(string(message['content']) + string(message['refusal']));
    return { content, thinking: apart + thinking };
  }

  end(): Told {
    return this.#inline.end();
  }
}

function fromParts(parts: readonly unknown[]): Told {
  return parts.filter(isFields).reduce<Told>((told, part) => {
    const text = string(part['text']);
    if (part['type'] !== 'thinking') return { ...told, content: told.content + text };
    const inner = part['thinking'];
    const thought = Array.isArray(inner) ? fromParts(inner as unknown[]).content : string(inner);
    return { ...told, thinking: told.thinking + thought + text };
  }, NONE);
}

/** `choices[0]`, where there is one. */
export function firstChoice(answer: Fields): Fields | null {
  const { choices } = answer as { choices?: unknown };
  const [choice] = Array.isArray(choices) ? (choices as unknown[]) : [];
  return isFields(choice) ? choice : null;
}

/** The reason as Ollama words it; null: the answer goes on. */
export function reasonOf({ finish_reason: reason }: Fields): string | null {
  if (typeof reason !== 'string' || reason === '') return null;
  return reason === 'tool_calls' || reason === 'function_call' || reason === 'eos' ? 'stop' : reason;
}

export const fieldsAt = (of: Fields, name: string): Fields => {
  const value = of[name];
  return isFields(value) ? value : {};
};

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const string = (value: unknown): string => (typeof value === 'string' ? value : '');
