import { ModelPatterns } from '../../auth/tokens/model-patterns.js';
import type { Connection } from '../../connections/connection.entity.js';

/** What of a connection decides how its models are named and shown. */
export type Naming = Pick<Connection, 'modelPrefix' | 'modelAllowlist' | 'modelAliases'>;

/** Gives the public name of an upstream id, and whether it is shown; made once for many models. */
export interface Namer {
  nameOf(upstreamId: string): string;
  isListed(upstreamId: string): boolean;
}

/** An alias takes the place of the upstream id; the prefix comes in front of either. */
export function createNamer({ modelPrefix, modelAllowlist, modelAliases }: Naming): Namer {
  const aliases = new Map(modelAliases.map((alias) => [alias.upstreamId, alias.name]));
  const prefix = modelPrefix === null ? '' : `${modelPrefix}/`;
  const allowed = new ModelPatterns(modelAllowlist);
  return {
    nameOf: (upstreamId) => prefix + (aliases.get(upstreamId) ?? upstreamId),
    isListed: (upstreamId) => modelAllowlist.length === 0 || allowed.has(upstreamId),
  };
}
