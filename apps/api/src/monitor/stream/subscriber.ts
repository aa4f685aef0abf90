import { AppError } from '../../errors.js';

/** What waits for a subscriber that does not read; one more, and it is ended. */
export const MAX_WAITING = 1_000;

const slowReader = (): AppError =>
  new AppError('OVERLOADED', 'This subscriber reads too slowly. Come again with the last cursor.');

/** Bounded, ordered hand-over to one reader. It ends when the reader returns, is stopped, or lags too far behind. */
export class Subscriber<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | null = null;
  #end: { readonly error: Error | null } | null = null;
  /** Whether anything was handed in since this was last set to false. */
  isLively = true;

  constructor(private readonly maxWaiting: number = MAX_WAITING) {}

  push(item: T): void {
    if (this.#end !== null) return;
    if (this.#waiting.length >= this.maxWaiting) {
      this.#waiting.length = 0;
      this.end(slowReader());
      return;
    }
    this.isLively = true;
    this.#waiting.push(item);
    this.#wake?.();
  }

  /** Ends it: at once with an error, without one after what waits was read. */
  end(error: Error | null = null): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** What is handed in, in order; throws the error it was ended with. */
  async *read(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#waiting.shift();
      if (item !== undefined) {
        yield item;
        continue;
      }
      if (this.#end !== null) {
        if (this.#end.error !== null) throw this.#end.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

/** What a subscription reads. `return` may be called at any time. */
export interface Stream<T> extends AsyncIterableIterator<T, void, undefined> {
  next(): Promise<IteratorResult<T, void>>;
  return(): Promise<IteratorResult<T, void>>;
}

/**
 * The same generator with a `return` that takes effect while a `next` is pending: a plain one would queue it until the
 * next item comes, and hold everything a reader that has gone needs until then.
 */
export function stoppable<T>(source: AsyncGenerator<T, void, undefined>, stop: AbortController): Stream<T> {
  const stream: Stream<T> = {
    next: () => source.next(),
    return: () => {
      stop.abort();
      return source.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}
