import { createVerify, type Verify } from './check/verify.js';
import type { OutboundClient } from './http.js';
import { createAdapters } from './kinds/adapters.js';
import type { EndpointKind } from './kinds/kinds.js';
import type { Provider } from './provider.js';

export type {
  AuthScheme,
  Check,
  CheckOptions,
  CheckStage,
  CheckStatus,
  DiscoveredModel,
  Endpoint,
  ModelCapability,
  ModelFile,
  ModelInMemory,
  Problem,
  ProblemCode,
  Provider,
  StageResult,
  StageState,
  Suggestion,
  Verification,
} from './provider.js';
export { ProviderError } from './provider.js';
export type { KindSpec } from './kinds/kind-spec.js';
export { ENDPOINT_KINDS, kindSpec, type EndpointKind } from './kinds/kinds.js';
export {
  createAddressPolicy,
  isPublicAddress,
  parseNetwork,
  type AddressPolicy,
  type AddressPolicyOptions,
  type ListeningAddress,
} from './address-policy.js';
export { authHeaders, headerNameProblem, headerValueProblem } from './auth-headers.js';
export { ofKnownEndpoint } from './check/known-endpoint.js';
export { responseProblem, retryAfterMs, statusFor } from './check/response-problem.js';
export { DEFAULT_CHECK_TIMEOUT_MS, SLOW_AFTER_MS } from './check/staged-check.js';
export { EndpointUrlError, MAX_URL_LENGTH, normaliseEndpointUrl, type EndpointUrl } from './endpoint-url.js';
export {
  createGuardedAgent,
  createOutboundClient,
  DEFAULT_DEADLINES,
  MAX_BODY_BYTES,
  MAX_HEADER_BYTES,
  USER_AGENT,
  type Deadlines,
  type GuardedAgentSettings,
  type OutboundClient,
  type OutboundClientOptions,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundSession,
} from './http.js';
export { unreadableAnswer } from './outbound/answer-problem.js';
export { HOP_HEADER } from './hop-header.js';
export { OutboundError, type OutboundPhase } from './outbound/outbound-error.js';
export { endpointMasks, MaskStream, SecretMask } from './secrets/secret-mask.js';
export { withoutUrlSecrets } from './secrets/url-secrets.js';
export { Slices } from './list/slices.js';
export {
  createJsonLineParser,
  createSseParser,
  type SseEvent,
  type StreamParser,
  type StreamParserOptions,
} from './streams.js';
export type { Verify } from './check/verify.js';

/** The adapters, by kind, and what a dialog asks before something is saved. */
export interface Providers extends Readonly<Record<EndpointKind, Provider>> {
  readonly verify: Verify;
}

/** Share one for the whole process: its caches save requests. The client stays the caller's to close. */
export function createProviders({ client }: { readonly client: OutboundClient }): Providers {
  const adapters = createAdapters(client);
  return { ...adapters, verify: createVerify(client, adapters) };
}
