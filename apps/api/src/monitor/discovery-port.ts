import type { DiscoveredModel } from '@intrallm/providers';
import type { Connection } from '../connections/connection.entity.js';
import type { Write } from '../database/write.js';

/** What a discovery changed in the catalogue; the ids of models. */
interface CatalogueDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
  /** Models of the connection afterwards, without vanished ones. */
  readonly modelCount: number;
}

/**
 * Takes a catalogue that was read into the models of its connection, as part of a write. `isPart`: a model that is
 * missing in it may be there all the same.
 */
export type ApplyDiscovery = (
  write: Write,
  connection: Connection,
  models: readonly DiscoveredModel[],
  isPart: boolean,
) => Promise<CatalogueDifference>;
