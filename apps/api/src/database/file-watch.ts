import { statSync } from 'node:fs';
import { unavailable } from '../errors.js';

/** How often the files are looked at, in milliseconds. */
const LOOK_MS = 1_000;
/** The database, and what was written last and is not in it yet. */
const WATCHED = ['', '-wal'] as const;

/**
 * Watches whether the files of a SQLite database are still those that were opened. One that was removed or replaced
 * goes on being written, unseen by everybody, and all of that is lost at the next start: so nothing is written from
 * then on.
 */
export class FileWatch {
  readonly #identities = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #lost: string | null = null;

  /** Begin with the database open. `tell` is called once, with the file that is gone. */
  constructor(
    file: string,
    private readonly tell: (file: string) => void,
    lookMs = LOOK_MS,
  ) {
    for (const ending of WATCHED) {
      const identity = identityOf(`${file}${ending}`);
      if (identity != null) this.#identities.set(`${file}${ending}`, identity);
    }
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** Throws UNAVAILABLE once a file is gone. Looks anew. */
  require(): void {
    this.#look();
    if (this.#lost === null) return;
    throw unavailable(
      'The file of the database was removed or replaced while the server runs. Put it back, and restart.',
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#lost !== null) return;
    for (const [file, identity] of this.#identities) {
      const found = identityOf(file);
      if (found === identity || found === undefined) continue;
      this.#lost = file;
      this.tell(file);
      return;
    }
  }
}

/**
 * What stays the same for as long as it is the same file; null where there is none, and undefined where that cannot be
 * told.
 */
function identityOf(file: string): string | null | undefined {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code)) ? null : undefined;
  }
}
