import type { Connection } from '../../connections/connection.entity.js';
import type { Audience } from '../audience.js';
import { createNamer } from './public-name.js';

type ModelSettings = Pick<Connection, 'modelAllowlist' | 'declaredModels' | 'modelAliases'>;

/** What a connection's settings say of models, as far as it concerns models that the audience sees. */
export function settingsFor({ patterns }: Audience, connection: Connection): ModelSettings {
  const { modelAllowlist, declaredModels, modelAliases } = connection;
  if (patterns === null) return { modelAllowlist, declaredModels, modelAliases };
  const namer = createNamer(connection);
  const prefix = connection.modelPrefix === null ? '' : `${connection.modelPrefix}/`;
  // Of a wildcard it is not known what it stands for but that it begins so; aliases have names of their own.
  const meets = (entry: string): boolean =>
    entry.endsWith('*') ? patterns.meets(prefix + entry) : patterns.has(namer.nameOf(entry));
  return {
    modelAllowlist: modelAllowlist.filter(meets),
    declaredModels: declaredModels.filter((id) => patterns.has(namer.nameOf(id))),
    modelAliases: modelAliases.filter(({ upstreamId }) => patterns.has(namer.nameOf(upstreamId))),
  };
}
