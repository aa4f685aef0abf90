import { IsNull } from 'typeorm';
import { Connection } from '../connections/connection.entity.js';
import type { Database } from '../database/database.js';
import type { Versions } from '../events/versions.js';
import { Model } from './model.entity.js';

/** How much of the catalogue is stored. */
export interface CatalogueCounts {
  readonly connections: number;
  readonly models: number;
}

/**
 * Counts of a large catalogue are good for this long, whatever changes: they bound what queries may ask for, and need
 * not be exact.
 */
const GOOD_FOR_MS = 1_000;
/** Up to so many models are counted in a moment: a catalogue that has just grown is not taken for a small one. */
const SMALL = 20_000;

/** Knows how much is stored, counted anew when the catalogue has changed; a large one at most once a second. */
export class CatalogueSize {
  #counted: { readonly version: number; readonly at: number; readonly counts: Promise<CatalogueCounts> } | null = null;

  constructor(private readonly options: { readonly database: Database; readonly versions: Versions }) {}

  async read(): Promise<CatalogueCounts> {
    const { versions } = this.options;
    const now = performance.now();
    const known = this.#counted;
    if (known !== null) {
      const counts = await known.counts;
      const isRecent = now - known.at < GOOD_FOR_MS && counts.models > SMALL;
      if (known.version === versions.catalogue || isRecent) return counts;
    }
    const counts = this.#count();
    this.#counted = { version: versions.catalogue, at: now, counts };
    try {
      return await counts;
    } catch (error) {
      this.#counted = known;
      throw error;
    }
  }

  async #count(): Promise<CatalogueCounts> {
    const { read } = this.options.database;
    const connections = await read.count(Connection, { where: { removedAt: IsNull() } });
    return { connections, models: await read.count(Model) };
  }
}
