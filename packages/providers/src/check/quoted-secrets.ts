import { problem } from '../outbound/outbound-error.js';
import type { DiscoveredModel, Endpoint, Problem } from '../provider.js';
import { MASK } from '../secrets/redact.js';
import { endpointMasks, type SecretMask } from '../secrets/secret-mask.js';
import { withoutUrlSecrets } from '../secrets/url-secrets.js';

/**
 * What is kept of a list is shown to everybody, so nothing in it may repeat a secret of the connection. A text is
 * masked; a model whose id holds a secret is left out, since it could not be asked for under a masked one. Ids that an
 * administrator declared are no words of the endpoint.
 */
export class QuotedSecrets {
  readonly #mask: SecretMask;
  /** How many models are missing for it. */
  leftOut = 0;

  constructor(endpoint: Endpoint) {
    this.#mask = endpointMasks(endpoint).names;
  }

  /** For the administrator, where models are missing for it. */
  get note(): Problem | null {
    if (this.leftOut === 0) return null;
    const models = this.leftOut === 1 ? '1 model was' : `${String(this.leftOut)} models were`;
    return problem(
      'PARTIAL_MODEL_LIST',
      `${models} left out: the id repeats the key or a header of this connection.`,
      'Look into the configuration of the endpoint: it shows what it is sent.',
    );
  }

  masked(text: string): string {
    return withoutUrlSecrets(this.#mask.text(text, MASK));
  }

  /**
   * The model with every text but its id masked, which is the endpoint's own way to call it; null where it is left out.
   */
  without(model: DiscoveredModel): DiscoveredModel | null {
    const { upstreamId, declared } = model;
    if (!declared && this.#mask.text(upstreamId, MASK) !== upstreamId) {
      this.leftOut += 1;
      return null;
    }
    return { ...this.#maskedWithin(model), upstreamId };
  }

  /** With every text in it masked, however deep; the same value where there is nothing to mask. */
  #maskedWithin<T>(value: T): T {
    if (typeof value === 'string') return this.masked(value) as T;
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(
      ([name, inner]: [string, unknown]) => [name, this.#maskedWithin(inner)] as const,
    );
    if (entries.every(([name, inner]) => inner === (value as Record<string, unknown>)[name])) return value;
    return (Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)) as T;
  }
}
