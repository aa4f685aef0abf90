/** Strikes out of one body what repeats our key. A `MaskStream` is one. */
export interface AnswerMask {
  /** What of these bytes, and of those before, goes on now. They may be cut anywhere. */
  push(chunk: Buffer): Buffer;
  /** What was held back. */
  end(): Buffer;
}
