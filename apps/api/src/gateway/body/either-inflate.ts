import { Transform, type TransformCallback } from 'node:stream';
import zlib from 'node:zlib';

/**
 * What `deflate` means: RFC 9110 wants zlib's frame around it, and half of the clients leave that out. The first byte
 * tells.
 */
export class EitherInflate extends Transform {
  #inflate: zlib.Inflate | zlib.InflateRaw | null = null;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#inflate ??= this.#create(((chunk[0] ?? 0) & 0x0f) === 0x08);
    this.#inflate.write(chunk, done);
  }

  override _flush(done: TransformCallback): void {
    if (this.#inflate === null) {
      done();
      return;
    }
    this.#inflate.once('end', () => done());
    this.#inflate.end();
  }

  override _read(size: number): void {
    this.#inflate?.resume();
    super._read(size);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inflate?.destroy();
    done(error);
  }

  #create(hasFrame: boolean): zlib.Inflate | zlib.InflateRaw {
    const inflate = hasFrame ? zlib.createInflate() : zlib.createInflateRaw();
    inflate.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) inflate.pause();
    });
    inflate.on('error', (error) => this.destroy(error));
    return inflate;
  }
}
