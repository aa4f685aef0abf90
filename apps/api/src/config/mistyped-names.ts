import { ConfigError } from './config-error.js';

const OURS = /^INTRALLM_/i;
/** Shared pairs of letters, of all that both have, from which on one name is taken for the other with a slip. */
const NEAR = 0.65;

/**
 * A setting whose name is mistyped would be dropped without a word. Throws ConfigError for a variable of our prefix
 * that is nearly one of the settings; other names with the prefix may belong to a script of the operator's.
 */
export function refuseMistypedNames(names: readonly string[], settings: readonly string[]): void {
  for (const name of names) {
    if (!OURS.test(name) || settings.includes(name)) continue;
    const meant = nearest(name.toUpperCase(), settings);
    if (meant !== null) throw new ConfigError(name, `is no setting of this server: write ${meant}`);
  }
}

function nearest(name: string, settings: readonly string[]): string | null {
  const bare = name.replace(OURS, '');
  // Such as INTRALLM_PORT, which has no prefix.
  if (settings.includes(bare)) return bare;
  let [found, best] = [null as string | null, NEAR];
  for (const setting of settings.filter((one) => OURS.test(one))) {
    const likeness = likenessOf(bare, setting.replace(OURS, ''));
    if (likeness >= best) [found, best] = [setting, likeness];
  }
  return found;
}

/** Sørensen–Dice: it forgives an ending, a letter and the order of words. */
function likenessOf(one: string, other: string): number {
  const [ones, others] = [pairsOf(one), pairsOf(other)];
  const shared = [...ones].filter((pair) => others.has(pair)).length;
  return (2 * shared) / (ones.size + others.size);
}

/** With the end as a sign of its own, so that one letter has a pair too. */
function pairsOf(text: string): Set<string> {
  const letters = `${text} `;
  return new Set(Array.from({ length: letters.length - 1 }, (_, index) => letters.slice(index, index + 2)));
}
