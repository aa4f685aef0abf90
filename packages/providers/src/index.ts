import type { OutboundClient } from './http.js';
import { createOllamaProvider } from './ollama/provider.js';
import { createOpenAiProvider } from './openai/provider.js';
import type { EndpointKind, Provider } from './provider.js';
import { createVerify, type Verify } from './verify.js';

export type {
  AuthScheme,
  Check,
  CheckOptions,
  CheckStage,
  CheckStatus,
  DiscoveredModel,
  Endpoint,
  EndpointKind,
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
export type { Verify } from './verify.js';

/** The adapters, by kind, and what a dialog asks before something is saved. */
export interface Providers extends Readonly<Record<EndpointKind, Provider>> {
  readonly verify: Verify;
}

/** Share one for the whole process: its caches save requests. The client stays the caller's to close. */
export function createProviders({ client }: { readonly client: OutboundClient }): Providers {
  const providers = { OPENAI: createOpenAiProvider(client), OLLAMA: createOllamaProvider(client) };
  return { ...providers, verify: createVerify(client, providers) };
}
