/** The id stands at the beginning of an answer, and in the first event of a stream. */
const LONGEST_HEAD = 16 * 1024;
/** Of the key, the blanks around the colon and the id. */
const LONGEST_FIELD = 1024;
const RESPONSE_ID = /"id"\s*:\s*"(resp[^"\\]{1,200})"/;

/** Reads the id of a response from the first bytes of its answer, and tells it once. */
export class ResponseIdTap {
  #head: string | null = '';

  constructor(private readonly tell: (responseId: string) => void) {}

  push(chunk: Buffer): void {
    if (this.#head === null) return;
    // Only what is new can complete it: an answer may come in thousands of parts.
    const from = Math.max(0, this.#head.length - LONGEST_FIELD);
    this.#head += chunk.toString('latin1', 0, LONGEST_HEAD);
    const id = RESPONSE_ID.exec(this.#head.slice(from))?.[1];
    if (id !== undefined) this.tell(id);
    if (id !== undefined || this.#head.length > LONGEST_HEAD) this.#head = null;
  }
}
