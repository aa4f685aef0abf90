import type { Actor } from '../../auth/actor.js';
import { AppError } from '../../errors.js';

/** Dear queries of one person that may wait, and that may be answered at once of all people together. */
const WAITING_OF_ONE = 10;
const AT_ONCE = 3;
const WAITING_OF_ALL = 200;

interface Line {
  isBusy: boolean;
  readonly waiting: (() => void)[];
}

/**
 * Lets the dear queries of one person wait for each other, and a few of all people be answered at once: each takes
 * memory for as long as it is made. Nobody's short queries wait here.
 */
export class DearQueries {
  readonly #lines = new Map<string, Line>();
  readonly #waitingForAll: (() => void)[] = [];
  #waiting = 0;
  #running = 0;

  constructor(private readonly atOnce = AT_ONCE) {}

  /**
   * Resolves when it is this query's turn, with what ends it. Rejects with RATE_LIMITED where too many wait already.
   */
  async enter(actor: Actor): Promise<() => void> {
    const key = keyOf(actor);
    const line = this.#lines.get(key) ?? { isBusy: false, waiting: [] };
    this.#lines.set(key, line);
    await this.#ownTurn(line);
    if (this.#running < this.atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waitingForAll.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#leave(key, line);
    };
  }

  async #ownTurn(line: Line): Promise<void> {
    if (!line.isBusy) {
      line.isBusy = true;
      return;
    }
    if (line.waiting.length >= WAITING_OF_ONE || this.#waiting >= WAITING_OF_ALL) {
      const message =
        'Too many of your queries that ask for much wait already. Ask for the next one when one is answered.';
      throw new AppError('RATE_LIMITED', message, { retryAfterMs: 2_000 });
    }
    this.#waiting += 1;
    await new Promise<void>((resolve) => line.waiting.push(resolve));
    this.#waiting -= 1;
  }

  #leave(key: string, line: Line): void {
    const other = this.#waitingForAll.shift();
    if (other === undefined) this.#running -= 1;
    else other();
    const next = line.waiting.shift();
    if (next !== undefined) next();
    else {
      line.isBusy = false;
      this.#lines.delete(key);
    }
  }
}

/** A person and all their tokens are one; strangers are told apart by where they come from. */
const keyOf = (actor: Actor): string => ('userId' in actor ? `user ${actor.userId}` : `address ${actor.ip ?? ''}`);
