import type { Actor } from '../../auth/actor.js';
import { AppError } from '../../errors.js';
import { nearNames } from './near-names.js';
import type { RoutingTable } from './routing-table.js';

/** Also for models that exist and are not for the credential: it says nothing of them. */
export function unknownModel(table: RoutingTable, actor: Actor, name: string): AppError {
  const near = nearNames(table, actor, name);
  const hint = near.length === 0 ? '' : ` Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?`;
  return new AppError('MODEL_NOT_FOUND', `The model "${shortened(name)}" is not served here.${hint}`, {
    field: 'model',
  });
}

/** For an error's text: a name can be megabytes long. */
export const shortened = (name: string): string => (name.length > 200 ? `${name.slice(0, 200)}…` : name);
