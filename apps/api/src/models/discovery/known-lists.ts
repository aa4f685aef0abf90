import { createHash } from 'node:crypto';
import type { DiscoveredModel, Slices } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';

/** Lists that are shorter are compared with what is stored each time: that costs less than a millisecond or two. */
const WORTH_MODELS = 200;
/** Another process may have stored something else meanwhile: so long, at most, it would stay. */
const KNOWN_FOR_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
const MOST_CONNECTIONS = 2_000;

interface LastList {
  readonly key: string;
  readonly until: number;
  readonly modelCount: number;
}

interface List {
  readonly connection: Pick<Connection, 'id' | 'version' | 'endpointRevision'>;
  readonly models: readonly DiscoveredModel[];
  readonly isPart: boolean;
  readonly now: Date;
}

interface Unchanged {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
  readonly modelCount: number;
}

/**
 * Which long lists are stored as they are, so that one that did not change is not compared row by row with each check.
 */
export class KnownLists {
  readonly #lists = new Map<string, LastList>();

  /**
   * What storing the list would change, where that is known to be nothing; and what it is remembered by, null for a
   * short one.
   */
  async recall(
    { connection, models, isPart, now }: List,
    slices: Slices,
  ): Promise<{ readonly key: string | null; readonly outcome: Unchanged | null }> {
    if (models.length < WORTH_MODELS) return { key: null, outcome: null };
    const { version, endpointRevision } = connection;
    const hash = createHash('sha256');
    // The hour, because that is how exactly is kept when a model was seen last.
    hash.update(JSON.stringify([version, endpointRevision, isPart, Math.floor(now.getTime() / HOUR_MS)]));
    for (const { inMemory: _, ...model } of models) {
      if (slices.isOver) await slices.pause();
      hash.update(JSON.stringify(model));
    }
    const key = hash.digest('base64');
    const known = this.#lists.get(connection.id);
    if (known?.key !== key || performance.now() > known.until) return { key, outcome: null };
    return { key, outcome: { added: [], changed: [], vanished: [], modelCount: known.modelCount } };
  }

  /** To be called when it is committed. */
  remember(connectionId: string, key: string | null, modelCount: number): void {
    this.#lists.delete(connectionId);
    if (key === null) return;
    this.#lists.set(connectionId, { key, until: performance.now() + KNOWN_FOR_MS, modelCount });
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > MOST_CONNECTIONS && oldest !== undefined) this.#lists.delete(oldest);
  }
}
