import type { Actor } from '../../auth/actor.js';
import { Audience } from '../../models/audience.js';
import type { RoutingTable } from './routing-table.js';

const MOST = 3;
/** Names that are looked at: an answer to a typing error is worth a few milliseconds, no more. */
const LOOKED_AT = 5_000;
const LONGEST = 200;
/** Shared pairs of letters, of all that both have, from which on two names count as near. */
const NEAR = 0.5;

/** Names that a mistyped one may have meant, the nearest first, among those that the credential may use. */
export function nearNames(table: RoutingTable, actor: Actor, wanted: string): readonly string[] {
  const audience = Audience.of(actor);
  const letters = spaced(wanted);
  const pairs = new Set<string>();
  for (let index = 0; index < letters.length - 1; index += 1) pairs.add(letters.slice(index, index + 2));
  const near: { readonly name: string; readonly likeness: number }[] = [];
  for (const name of table.names.slice(0, LOOKED_AT)) {
    const likeness = likenessOf(pairs, spaced(name));
    if (likeness >= NEAR && audience.allows(name)) near.push({ name, likeness });
  }
  near.sort((one, other) => other.likeness - one.likeness || (one.name < other.name ? -1 : 1));
  return near.slice(0, MOST).map(({ name }) => name);
}

const spaced = (name: string): string => ` ${name.slice(0, LONGEST).toLowerCase()} `;

/** The share of pairs of letters that both have (Sørensen–Dice): it forgives order, tags and prefixes. */
function likenessOf(pairs: ReadonlySet<string>, letters: string): number {
  let shared = 0;
  for (let index = 0; index < letters.length - 1; index += 1)
    if (pairs.has(letters.slice(index, index + 2))) shared += 1;
  return (2 * shared) / (pairs.size + letters.length - 1);
}
