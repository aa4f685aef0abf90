import type { EndpointKind } from './kinds/kinds.js';

/**
 * How the key travels: `Authorization: Bearer`, `api-key`, `x-api-key`, or `Authorization: Basic` (the key is
 * user:password).
 */
export type AuthScheme = 'NONE' | 'BEARER' | 'API_KEY' | 'X_API_KEY' | 'BASIC';

export type ModelCapability =
  'CHAT' | 'COMPLETION' | 'EMBEDDING' | 'VISION' | 'TOOLS' | 'THINKING' | 'AUDIO' | 'IMAGE' | 'RERANK';

export type ProblemCode =
  | 'DNS'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'TLS'
  | 'TIMEOUT'
  | 'BLOCKED_ADDRESS'
  | 'REDIRECTED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'QUOTA_EXCEEDED'
  | 'UPSTREAM_ERROR'
  | 'NOT_JSON'
  | 'UNEXPECTED_SHAPE'
  | 'TOO_LARGE'
  | 'WRONG_KIND'
  | 'KEY_UNREADABLE'
  | 'SLOW'
  | 'LOADING'
  | 'NO_MODEL_LIST'
  | 'PARTIAL_MODEL_LIST'
  | 'MODEL_NOT_FOUND'
  | 'DISK_FULL'
  | 'OTHER';

/** What went wrong at an endpoint, told for an administrator. Never holds a key, a header or a whole upstream body. */
export interface Problem {
  readonly code: ProblemCode;
  /** One sentence: what happened, with the endpoint's own words where it gave any. */
  readonly message: string;
  /** What to try, where something is known to help. */
  readonly hint: string | null;
  readonly httpStatus: number | null;
}

/** A header that a connection adds to every request. */
interface EndpointHeader {
  readonly name: string;
  readonly value: string;
  /** False: its owner says that everybody may see the value. Default: true. */
  readonly secret?: boolean;
}

/** Everything needed to talk to one endpoint. Holds plain secrets: build it for a call and let it go. */
export interface Endpoint {
  readonly kind: EndpointKind;
  /** Normalised base URL: http or https, without user, query, fragment and trailing slash. */
  readonly url: string;
  readonly auth: AuthScheme;
  readonly apiKey: string | null;
  readonly headers: readonly EndpointHeader[];
  /** Upstream ids that are served although the endpoint does not list them. */
  readonly declaredModels: readonly string[];
}

/** What an Ollama instance tells of a model's file besides what other servers tell as well. */
export interface ModelFile {
  /** 64 hexadecimal digits. The same digest is the same model, wherever it is installed. */
  readonly digest: string | null;
  /** "gguf". */
  readonly format: string | null;
  readonly embeddingLength: number | null;
  /** What the model was made for, whatever it is loaded with. */
  readonly trainedContextLength: number | null;
}

/** A model in the memory of an Ollama instance, when it was asked. */
export interface ModelInMemory {
  /** In bytes, with what a running model needs besides its weights. */
  readonly sizeBytes: number | null;
  /** The part of it that a graphics card holds. */
  readonly vramBytes: number | null;
  /** RFC 3339, as the instance wrote it. */
  readonly expiresAt: string | null;
}

/** One model as its endpoint states it. Null everywhere means "not told"; nothing is guessed from a name. */
export interface DiscoveredModel {
  readonly upstreamId: string;
  readonly ownedBy: string | null;
  readonly capabilities: readonly ModelCapability[] | null;
  /** The effective context in tokens where the endpoint tells it, else the trained one. */
  readonly contextLength: number | null;
  readonly family: string | null;
  readonly parameterSize: string | null;
  readonly quantization: string | null;
  readonly sizeBytes: number | null;
  /** Ollama: in memory now. Null where the endpoint does not say. */
  readonly loaded: boolean | null;
  /** In `declaredModels` and not in the endpoint's own list. */
  readonly declared: boolean;
  /** Of an Ollama instance. */
  readonly file?: ModelFile | null;
  /** Of an Ollama instance, while it has the model in memory. */
  readonly inMemory?: ModelInMemory | null;
}

export type CheckStage = 'ADDRESS' | 'CONNECT' | 'TLS' | 'AUTH' | 'CATALOGUE';
/** UNPROVEN: the list is open to everybody, so the key was not tried. */
export type StageState = 'PASSED' | 'WARNING' | 'FAILED' | 'SKIPPED' | 'UNPROVEN';

export interface StageResult {
  readonly stage: CheckStage;
  readonly state: StageState;
  /** A few words beside the stage: "192.168.18.49", "plain http", "12 models". */
  readonly detail: string | null;
  readonly ms: number | null;
  readonly problem: Problem | null;
}

/** What one check alone can say of an endpoint; hysteresis and the admin's switch are the monitor's. */
export type CheckStatus = 'ONLINE' | 'DEGRADED' | 'OFFLINE' | 'UNAUTHORIZED';

export interface Check {
  readonly status: CheckStatus;
  /** Of the catalogue request, sent to answered. Null where none was answered. */
  readonly latencyMs: number | null;
  /** All five stages, in order. */
  readonly stages: readonly StageResult[];
  readonly problem: Problem | null;
  /** Null: the catalogue could not be read, what is known of it stays. An empty list is a catalogue. */
  readonly models: readonly DiscoveredModel[] | null;
  /** `models` are a part of what the endpoint has: one that is missing may be there all the same. Default: false. */
  readonly isPart?: boolean;
  /** What the endpoint says it runs, "0.25.0" or "llama.cpp". */
  readonly serverVersion: string | null;
  /** How long the endpoint asked us to wait (Retry-After), in milliseconds. */
  readonly retryAfterMs: number | null;
}

/** A URL and kind that was tried and answers. Without models it may be one that wants a key: the reason says so. */
export interface Suggestion {
  readonly url: string;
  readonly kind: EndpointKind;
  readonly modelCount: number;
  readonly reason: string;
}

export interface Verification extends Check {
  /** The kind the endpoint shows itself to be; null where nothing answered. */
  readonly detectedKind: EndpointKind | null;
  /** Only where the check failed or the kind is wrong, and something else worked. */
  readonly suggestion: Suggestion | null;
}

export interface CheckOptions {
  /** Aborting it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Deadline of the whole check, in milliseconds. */
  readonly timeoutMs?: number;
  /**
   * Whether to find out, with a request without the key, that the endpoint needs the key at all: true asks now, false
   * never asks. Default: asks where it was not found out within the last hours.
   */
  readonly proveKey?: boolean;
}

/** An adapter: how to talk to endpoints of one kind. Stateless but for caches that only save requests. */
export interface Provider {
  /**
   * Connects, authenticates and reads the catalogue. Costs no token and loads no model. A failing endpoint is a
   * returned Check; only an abort rejects.
   */
  check(endpoint: Endpoint, options?: CheckOptions): Promise<Check>;
}

/** Thrown where a call to an endpoint fails and the failure is not itself the answer. */
export class ProviderError extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(problem.message, options);
    this.name = 'ProviderError';
  }
}
