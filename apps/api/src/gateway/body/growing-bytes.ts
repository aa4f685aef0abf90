/** Up to here there is room for as much as is stated at once, and for more when an eighth of it has come. */
const TRUSTED = { bytes: 1024 * 1024, times: 8 };

/**
 * Bytes that come in parts and are wanted as one piece. Each part is put into its place when it comes: joining all of
 * them at the end would hold everybody else up for as long as many megabytes take. The system gives memory when it is
 * written to, so there may be more room than bytes.
 */
export class GrowingBytes {
  size = 0;
  #room: Buffer = NOTHING;

  /** `statedBytes`: what may be made room for at once. */
  constructor(private readonly statedBytes: number) {}

  get bytes(): Buffer {
    return this.size === this.#room.length ? this.#room : this.#room.subarray(0, this.size);
  }

  add(chunk: Buffer): void {
    const size = this.size + chunk.length;
    // Most bodies come in one part, which is theirs alone.
    if (this.size === 0) this.#room = chunk;
    else {
      if (size > this.#room.length) this.#grow(size);
      chunk.copy(this.#room, this.size);
    }
    this.size = size;
  }

  #grow(size: number): void {
    const stated = this.statedBytes;
    const isTrusted = stated >= size && stated <= Math.max(TRUSTED.bytes, size * TRUSTED.times);
    const room = Buffer.allocUnsafeSlow(isTrusted ? stated : size * 2);
    this.#room.copy(room, 0, 0, this.size);
    this.#room = room;
  }
}

const NOTHING = Buffer.alloc(0);
