const OPEN = '<think>';
const CLOSE = '</think>';
/** Blanks before the opening tag, in characters. More are an answer of blanks, which some models never end. */
const MOST_BLANKS = 256;

/** A piece of an answer, told apart. */
export interface Told {
  readonly content: string;
  readonly thinking: string;
}

/**
 * Takes `<think>…</think>` at the beginning of an answer apart from what follows, where a server leaves that to its
 * callers. The tags may be cut anywhere. Anywhere else they are text.
 */
export class InlineThinking {
  #state: 'begin' | 'thinking' | 'after' | 'content' = 'begin';
  /** What could still become a tag. */
  #held = '';

  push(text: string): Told {
    let rest = this.#held + text;
    this.#held = '';
    let thinking = '';
    if (this.#state === 'begin') {
      const begun = rest.trimStart();
      const mayBegin = begun.length < OPEN.length && OPEN.startsWith(begun);
      if (mayBegin && rest.length <= MOST_BLANKS) {
        this.#held = rest;
        return { content: '', thinking };
      }
      this.#state = begun.startsWith(OPEN) ? 'thinking' : 'content';
      if (this.#state === 'thinking') rest = begun.slice(OPEN.length);
    }
    if (this.#state === 'thinking') {
      const end = rest.indexOf(CLOSE);
      if (end === -1) {
        const kept = beginningAtEnd(rest);
        this.#held = rest.slice(rest.length - kept);
        return { content: '', thinking: rest.slice(0, rest.length - kept) };
      }
      thinking = rest.slice(0, end);
      rest = rest.slice(end + CLOSE.length);
      this.#state = 'after';
    }
    if (this.#state === 'after') {
      // The empty lines between the two belong to neither.
      rest = rest.trimStart();
      if (rest !== '') this.#state = 'content';
    }
    return { content: rest, thinking };
  }

  /** The answer is over: what was held back was no tag. */
  end(): Told {
    const held = this.#held;
    this.#held = '';
    return this.#state === 'thinking' ? { content: '', thinking: held } : { content: held, thinking: '' };
  }
}

/** How many characters at the end of the text may be the beginning of the closing tag. */
function beginningAtEnd(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length -= 1) {
    if (CLOSE.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
