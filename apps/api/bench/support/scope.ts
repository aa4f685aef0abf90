import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

type Ending = () => unknown;

/** Everything that a scenario opens. It ends in the reverse order, also where the scenario fails. */
export class Scope {
  readonly #endings: Ending[] = [];

  onEnd(ending: Ending): void {
    this.#endings.push(ending);
  }

  use<T extends { close(): Promise<unknown> }>(opened: T): T {
    this.onEnd(() => opened.close());
    return opened;
  }

  folder(): string {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-bench-'));
    this.onEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    return folder;
  }

  async end(): Promise<void> {
    for (let ending = this.#endings.pop(); ending !== undefined; ending = this.#endings.pop()) await ending();
  }
}
