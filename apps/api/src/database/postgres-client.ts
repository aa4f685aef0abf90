import type { Socket } from 'node:net';
import pg from 'pg';

/** A connection that is to be closed waits this long for the server to agree. */
const END_MS = 1_000;

/** What the driver keeps of its connection; its types do not tell. */
interface Inner {
  readonly connection: { readonly stream: Socket };
}

/**
 * A client class of the driver whose statements do not wait for ever: when the server said nothing for `silenceMs`
 * while a statement was waiting, the connection is dead (the server hangs, or packets vanish) and is destroyed. Its
 * statements fail with ETIMEDOUT, and the pool opens another one in its place. The server has to end slow statements
 * earlier by itself (statement_timeout), else they would count as silence.
 */
export function impatientClient(silenceMs: number): typeof pg.Client {
  class ImpatientClient extends pg.Client {
    #waiting = 0;
    #timer: NodeJS.Timeout | null = null;

    // The driver declares eight forms of it; all are passed on as they come.
    override query(...given: unknown[]): never {
      const answer = (super.query as (...passed: unknown[]) => unknown).apply(this, given);
      if (answer instanceof Promise) this.#watch(answer);
      return answer as never;
    }

    override end(callback?: (error: Error) => void): never {
      // A server that hangs does not close its end: the process that stops would wait for it.
      const timer = setTimeout(() => {
        this.#stream.destroy();
      }, END_MS).unref();
      this.once('end', () => {
        clearTimeout(timer);
      });
      return (super.end as (...passed: unknown[]) => unknown).call(
        this,
        ...(callback === undefined ? [] : [callback]),
      ) as never;
    }

    #watch(answer: Promise<unknown>): void {
      this.#waiting += 1;
      this.#timer ??= this.#listen();
      const settle = (): void => {
        this.#waiting -= 1;
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#timer = this.#waiting === 0 ? null : this.#listen();
      };
      answer.then(settle, settle);
    }

    #listen(): NodeJS.Timeout {
      const before = this.#stream.bytesRead;
      return setTimeout(() => {
        // A process that was busy itself finds the answer in this turn.
        setImmediate(() => {
          if (this.#waiting === 0) return;
          if (this.#stream.bytesRead === before) this.#giveUp();
          else this.#timer = this.#listen();
        });
      }, silenceMs);
    }

    #giveUp(): void {
      const message = `the database said nothing for ${String(silenceMs)} ms`;
      this.#stream.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    }

    get #stream(): Socket {
      return (this as unknown as Inner).connection.stream;
    }
  }
  return ImpatientClient;
}
