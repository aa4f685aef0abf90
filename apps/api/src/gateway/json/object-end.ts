/**
 * Sees where the text of a JSON object ends, piece by piece: whoever parsed all that is there for each piece, to see
 * whether it is whole, would take minutes for what comes in many.
 */
export class ObjectEnd {
  /** The brace that it began with is closed. */
  isReached = false;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  push(text: string): void {
    for (let at = 0; at < text.length && !this.isReached; at += 1) {
      const mark = text.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (mark === QUOTE) this.#isInString = !this.#isInString;
      else if (this.#isInString) this.#isEscaped = mark === BACKSLASH;
      else if (mark === OPEN_BRACE) this.#depth += 1;
      else if (mark === CLOSE_BRACE) {
        this.#depth -= 1;
        this.isReached = this.#depth === 0;
      }
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
