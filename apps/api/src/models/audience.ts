import type { Actor } from '../auth/actor.js';
import { ModelPatterns } from '../auth/tokens/model-patterns.js';

/**
 * Which models a credential sees and uses, by their public names: the one rule for GraphQL, lists, the gateway and
 * usage. What scopes open is asked before; this says of which models. Caches of what was made for one credential and
 * serves another as well have `key` in their keys.
 */
export class Audience {
  /** Those who are bound to no models. */
  static readonly EVERYBODY = new Audience(null);
  static readonly #byList = new WeakMap<readonly string[], Audience>();
  static readonly #NOBODY = new Audience(new ModelPatterns([]));

  /** Equal for audiences that see the same names, and only for those. */
  readonly key: string;

  /** @param patterns the names that it sees; null: all. */
  private constructor(readonly patterns: ModelPatterns | null) {
    // No entry of a list holds a line break, and "" is no entry.
    this.key = patterns === null ? '' : `\n${patterns.canonical.join('\n')}`;
  }

  /** Of a person: all models. Of a token: those of its list, or all where that is empty. Of a stranger: none. */
  static of(actor: Actor): Audience {
    switch (actor.type) {
      case 'anonymous':
        return Audience.#NOBODY;
      case 'token':
        return Audience.#ofList(actor.modelAllowlist);
      case 'person':
      case 'system':
        return Audience.EVERYBODY;
    }
  }

  static #ofList(list: readonly string[]): Audience {
    if (list.length === 0) return Audience.EVERYBODY;
    let audience = Audience.#byList.get(list);
    if (audience === undefined) {
      audience = new Audience(new ModelPatterns(list));
      Audience.#byList.set(list, audience);
    }
    return audience;
  }

  get seesAll(): boolean {
    return this.patterns === null;
  }

  allows(name: string): boolean {
    return this.patterns === null || this.patterns.has(name);
  }
}
