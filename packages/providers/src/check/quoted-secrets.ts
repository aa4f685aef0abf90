import { problem } from '../outbound/outbound-error.js';
import type { DiscoveredModel, Endpoint, Problem } from '../provider.js';
import { MASK } from '../secrets/redact.js';
import { endpointMasks, type SecretMask } from '../secrets/secret-mask.js';
import { withoutUrlSecrets } from '../secrets/url-secrets.js';

/**
 * What is kept of a list is shown to everybody, so nothing in it may repeat a secret of the connection. A text is masked; a
 * model whose id holds a secret is left out, since it could not be asked for under a masked one. Ids that an administrator
 * declared are no words of the endpoint.
 */
export class QuotedSecrets {
  readonly #mask: SecretMask;
  #leftOut = 0;

  constructor(endpoint: Endpoint) {
    this.#mask = endpointMasks(endpoint).names;
  }

  /** For the administrator, where models are missing for it. */
  get note(): Problem | null {
    if (this.#leftOut === 0) return null;
    const models = this.#leftOut === 1 ? '1 model was' : `${String(this.#leftOut)} models were`;
    return problem(
      'PARTIAL_MODEL_LIST',
      `${models} left out: the id repeats the key or a header of this connection.`,
      'Look into the configuration of the endpoint: it shows what it is sent.',
    );
  }

  masked(text: string): string {
    return withoutUrlSecrets(this.#mask.text(text, MASK));
  }

  /** The model with every text but its id masked; null where it is left out. */
  without(model: DiscoveredModel): DiscoveredModel | null {
    const { upstreamId, declared } = model;
    if (!declared && this.#mask.text(upstreamId, MASK) !== upstreamId) {
      this.#leftOut += 1;
      return null;
    }
    const changed: Record<string, string> = {};
    for (const [name, value] of Object.entries(model) as [string, unknown][]) {
      if (typeof value !== 'string' || name === 'upstreamId') continue;
      const clean = this.masked(value);
      if (clean !== value) changed[name] = clean;
    }
    return Object.keys(changed).length === 0 ? model : { ...model, ...changed };
  }
}
