import { hash, verify } from '@node-rs/argon2';
import { AppError } from '../../errors.js';

/** Argon2id as OWASP's password storage cheat sheet asks for it; the library's default algorithm is argon2id. */
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Strangers of one address that may wait: a flood from there leaves room for the others. */
const WAITING_OF_AN_ADDRESS = 8;

export interface PasswordsOptions {
  /** Computations at once, 19 MiB each. Default: 2. */
  readonly atOnce?: number;
  /** Callers that may wait for one; more are turned away. Default: 64. */
  readonly waiting?: number;
  /** What a hash costs. Tests that are not about it make it cheap. */
  readonly cost?: typeof ARGON;
}

/** Hashes and checks passwords, few at a time: a flood of sign-ins may eat neither memory nor all threads. */
export class Passwords {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #cost: typeof ARGON;
  /** Strangers who wait, by the address they come from, in the order in which they have their turns. */
  readonly #strangers = new Map<string, (() => void)[]>();
  /** People who are known to have been here before: they do not wait behind strangers. */
  readonly #known: (() => void)[] = [];
  #waitingStrangers = 0;
  #running = 0;

  constructor({ atOnce = 2, waiting = 64, cost = ARGON }: PasswordsOptions = {}) {
    this.#atOnce = atOnce;
    this.#maxWaiting = waiting;
    this.#cost = cost;
  }

  /** A new argon2id hash in PHC form. Throws OVERLOADED when too many callers wait already. */
  hash(password: string): Promise<string> {
    return this.#limited(null, () => hash(normalise(password), this.#cost));
  }

  /**
   * Whether the password belongs to the hash. Without a hash (an unknown person, or one who signs in elsewhere) the
   * answer is no, after the same work. `stranger` says where somebody comes from who is not known to have been here
   * before: strangers wait behind the others, and have their turns address by address. Throws OVERLOADED when too many
   * wait already.
   */
  async matches(passwordHash: string | null, password: string, stranger: string | null = null): Promise<boolean> {
    const matched = await this.#limited(stranger, () =>
      verify(passwordHash ?? nobodysHash(this.#cost), normalise(password)),
    );
    return matched && passwordHash !== null;
  }

  async #limited<T>(stranger: string | null, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#wait(stranger, resolve));
    try {
      return await work();
    } finally {
      const next = this.#known.shift() ?? this.#nextStranger();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #wait(stranger: string | null, resolve: () => void): void {
    if (stranger === null) {
      if (this.#known.length >= this.#maxWaiting) throw overloaded();
      this.#known.push(resolve);
      return;
    }
    const line = this.#strangers.get(stranger) ?? [];
    if (this.#waitingStrangers >= this.#maxWaiting || line.length >= WAITING_OF_AN_ADDRESS) throw overloaded();
    line.push(resolve);
    this.#strangers.set(stranger, line);
    this.#waitingStrangers += 1;
  }

  #nextStranger(): (() => void) | undefined {
    const [first] = this.#strangers;
    if (first === undefined) return undefined;
    const [address, line] = first;
    const next = line.shift();
    this.#strangers.delete(address);
    // The address comes again when all others had a turn.
    if (line.length > 0) this.#strangers.set(address, line);
    this.#waitingStrangers -= 1;
    return next;
  }
}

const overloaded = (): AppError => new AppError('OVERLOADED', 'Too many people sign in at once. Try again.');

/** The same password typed on different systems gives the same bytes (NIST SP 800-63B, section 5.1.1.2). */
const normalise = (password: string) => password.normalize('NFKC');

/** A hash that no password has, costing as much to check as a real one. */
const nobodysHash = ({ memoryCost, timeCost, parallelism }: typeof ARGON) =>
  `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(16)}$${base64(32)}`;

function base64(bytes: number): string {
  return Buffer.alloc(bytes, 7).toString('base64').replace(/=+$/, '');
}
