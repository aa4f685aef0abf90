/** From here on a piece is kept as it came. */
const LARGE_BYTES = 4 * 1024;
const BLOCK_BYTES = 16 * 1024;

/**
 * Bytes in order, for being sent on. Small ones are copied into blocks: who sends a file in pieces of one byte would
 * otherwise have us keep a hundred times as much as it is long.
 */
export class Pieces {
  bytes = 0;
  #pieces: Buffer[] = [];
  #block: Buffer | null = null;
  #used = 0;

  add(piece: Buffer): void {
    this.bytes += piece.length;
    if (piece.length >= LARGE_BYTES) {
      this.#closeBlock();
      this.#pieces.push(piece);
      return;
    }
    if (this.#block === null || this.#used + piece.length > BLOCK_BYTES) {
      this.#closeBlock();
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    }
    piece.copy(this.#block, this.#used);
    this.#used += piece.length;
  }

  /** All of them; afterwards there is none. */
  take(): Buffer[] {
    this.#closeBlock();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.bytes = 0;
    return pieces;
  }

  #closeBlock(): void {
    if (this.#block !== null && this.#used > 0) this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = null;
    this.#used = 0;
  }
}
