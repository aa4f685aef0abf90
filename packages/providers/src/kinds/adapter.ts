import type { EndpointCaller } from '../check/endpoint-caller.js';
import type { Provider } from '../provider.js';
import type { EndpointKind } from './kinds.js';

/** Where on a server the API of one kind is, as base URLs. */
export interface Located {
  /** The API is there: the server showed what only this kind has. In the order of preference. */
  readonly proven: readonly string[];
  /** Another kind is there, which answers like this one. */
  readonly imitated: readonly string[];
  /** Usual places, to be tried. In the order of preference. */
  readonly usual: readonly string[];
}

/**
 * What the package needs of a kind: its checks, and for somebody who entered a wrong URL or kind, where else to look.
 */
export interface Adapter extends Provider {
  /** The kind of servers that answer like this one and are not; null: there are none. */
  readonly imitatedBy: EndpointKind | null;
  /**
   * Looks around on the server of the URL, at its origin only, by requests that change nothing. Rejects only when
   * aborted.
   */
  locate(caller: EndpointCaller, url: string): Promise<Located>;
  /** How many models are listed at the caller's endpoint. Rejects with a ProviderError where there is no such list. */
  countModels(caller: EndpointCaller): Promise<number>;
}
