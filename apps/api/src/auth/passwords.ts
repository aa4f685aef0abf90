import { hash, verify } from '@node-rs/argon2';
import { AppError } from '../errors.js';

/** Argon2id as OWASP's password storage cheat sheet asks for it; the library's default algorithm is argon2id. */
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

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
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ atOnce = 2, waiting = 64, cost = ARGON }: PasswordsOptions = {}) {
    this.#atOnce = atOnce;
    this.#maxWaiting = waiting;
    this.#cost = cost;
  }

  /** A new argon2id hash in PHC form. Throws OVERLOADED when too many callers wait already. */
  hash(password: string): Promise<string> {
    return this.#limited(() => hash(normalise(password), this.#cost));
  }

  /**
   * Whether the password belongs to the hash. Without a hash (an unknown person, or one who signs in elsewhere) the
   * answer is no, after the same work. Throws OVERLOADED when too many callers wait already.
   */
  async matches(passwordHash: string | null, password: string): Promise<boolean> {
    const matched = await this.#limited(() => verify(passwordHash ?? nobodysHash(this.#cost), normalise(password)));
    return matched && passwordHash !== null;
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else {
      if (this.#waiting.length >= this.#maxWaiting)
        throw new AppError('OVERLOADED', 'Too many people sign in at once. Try again.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** The same password typed on different systems gives the same bytes (NIST SP 800-63B, section 5.1.1.2). */
const normalise = (password: string) => password.normalize('NFKC');

/** A hash that no password has, costing as much to check as a real one. */
const nobodysHash = ({ memoryCost, timeCost, parallelism }: typeof ARGON) =>
  `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(16)}$${base64(32)}`;

function base64(bytes: number): string {
  return Buffer.alloc(bytes, 7).toString('base64').replace(/=+$/, '');
}
