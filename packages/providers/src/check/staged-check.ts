import { isPublicAddress } from '../address-policy.js';
import type { OutboundClient, OutboundSession } from '../http.js';
import { Slices } from '../list/slices.js';
import type { ConnectionReport } from '../outbound/guarded-connector.js';
import { OutboundError, problem as plainProblem } from '../outbound/outbound-error.js';
import {
  ProviderError,
  type Check,
  type CheckOptions,
  type CheckStage,
  type DiscoveredModel,
  type Endpoint,
  type Problem,
  type StageResult,
  type StageState,
} from '../provider.js';
import { redact } from '../secrets/redact.js';
import { endpointMasks } from '../secrets/secret-mask.js';
import { AnswerError, createEndpointCaller, type EndpointCaller } from './endpoint-caller.js';
import { QuotedSecrets } from './quoted-secrets.js';
import { pathOf, statusFor } from './response-problem.js';
import { statedModel, statedText } from './stated-text.js';

export const DEFAULT_CHECK_TIMEOUT_MS = 10_000;
/** A catalogue that takes longer than this makes the endpoint SLOW. */
export const SLOW_AFTER_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;

export interface KeyFinding {
  readonly state: StageState;
  readonly detail: string;
}

/** What an adapter found out once the connection stood. */
export interface Reading {
  readonly models: readonly DiscoveredModel[] | null;
  /** As in a Check. */
  readonly isPart?: boolean;
  /** Something that does not keep the endpoint from being used, or keeps only its catalogue from being read. */
  readonly problem: Problem | null;
  readonly key: KeyFinding;
  readonly latencyMs: number | null;
  readonly serverVersion: string | null;
  readonly retryAfterMs?: number | null;
}

export type ReadCatalogue = (caller: EndpointCaller, options: CheckOptions) => Promise<Reading>;

/** Runs `read` over a connection of its own and tells how each stage went. Rejects only when aborted. */
export async function stagedCheck(
  client: OutboundClient,
  endpoint: Endpoint,
  options: CheckOptions,
  read: ReadCatalogue,
): Promise<Check> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_CHECK_TIMEOUT_MS;
  const session = client.openSession({ connectMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) });
  const deadlineAt = performance.now() + timeoutMs;
  try {
    options.signal?.throwIfAborted();
    const { signal } = options;
    const caller = createEndpointCaller({ endpoint, session, deadlineAt, ...(signal ? { signal } : {}) });
    return await fromReading(await read(caller, options), caller, session);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return fromFailure(withoutSecrets(error, endpoint), endpoint, session);
  } finally {
    await session.close();
  }
}

async function fromReading(
  reading: Reading,
  { endpoint, signal }: EndpointCaller,
  session: OutboundSession,
): Promise<Check> {
  const { latencyMs } = reading;
  const quoted = new QuotedSecrets(endpoint);
  const told =
    reading.models && (await new Slices(signal).map(reading.models, (model) => quoted.without(statedModel(model))));
  const models = told?.filter((model) => model !== null) ?? null;
  const serverVersion = statedText(reading.serverVersion);
  const { note } = quoted;
  const found = reading.problem ?? slowProblem(latencyMs);
  const isSoft = found === null || statusFor(found) === 'DEGRADED';
  const catalogue = stage('CATALOGUE', (found ?? note) === null ? 'PASSED' : isSoft ? 'WARNING' : 'FAILED', {
    detail:
      models === null ? null : countOf(models.length) + (note === null ? '' : `, ${String(quoted.leftOut)} left out`),
    ms: latencyMs,
    problem: found ?? note,
  });
  const key = stage('AUTH', reading.key.state, { detail: reading.key.detail });
  return {
    status: statusFor(found),
    latencyMs,
    stages: [...connectionStages(session.connection, endpoint), key, catalogue],
    problem: found,
    models,
    isPart: reading.isPart ?? false,
    serverVersion: serverVersion === null ? null : quoted.masked(serverVersion),
    retryAfterMs: reading.retryAfterMs ?? null,
  };
}

/** The client quotes headers of answers and knows no key: an endpoint that sends ours back must not have it shown. */
function withoutSecrets(error: ProviderError, endpoint: Endpoint): ProviderError {
  if (!(error instanceof OutboundError) || error.phase !== 'ANSWER') return error;
  const clean = (text: string) => redact(text, endpointMasks(endpoint).words);
  const { message, hint } = error.problem;
  const told = { ...error.problem, message: clean(message), hint: hint === null ? null : clean(hint) };
  // Without a cause: its message is the one that quotes.
  return new OutboundError(error.phase, told);
}

function fromFailure(error: ProviderError, endpoint: Endpoint, session: OutboundSession): Check {
  const { problem, retryAfterMs } = error;
  const isBroken = error instanceof OutboundError && error.phase !== 'ANSWER';
  return {
    status: statusFor(problem),
    latencyMs: null,
    stages: isBroken ? brokenStages(error, endpoint) : answeredStages(error, endpoint, session),
    problem,
    models: null,
    serverVersion: null,
    retryAfterMs,
  };
}

function answeredStages(error: ProviderError, endpoint: Endpoint, session: OutboundSession): StageResult[] {
  const { problem } = error;
  const connected = connectionStages(session.connection, endpoint);
  if (statusFor(problem) === 'UNAUTHORIZED') {
    const detail = hasKey(endpoint) ? 'refused' : 'none given';
    return [...connected, stage('AUTH', 'FAILED', { detail, problem }), stage('CATALOGUE', 'SKIPPED')];
  }
  const state = statusFor(problem) === 'DEGRADED' ? 'WARNING' : 'FAILED';
  const detail = error instanceof AnswerError ? `${error.response.status} at ${pathOf(error.response.url)}` : null;
  return [...connected, stage('AUTH', 'SKIPPED'), stage('CATALOGUE', state, { detail, problem })];
}

const CONNECTION_STAGES = ['ADDRESS', 'CONNECT', 'TLS'] as const;

function brokenStages({ phase, problem, address }: OutboundError, endpoint: Endpoint): StageResult[] {
  const broken = CONNECTION_STAGES.findIndex((name) => name === phase);
  const connection = CONNECTION_STAGES.map((name, index) => {
    if (index < broken) return stage(name, 'PASSED', { detail: name === 'ADDRESS' ? address : null });
    if (index === broken) return stage(name, 'FAILED', { problem });
    return stage(name, 'SKIPPED', { detail: name === 'TLS' ? plainDetail(endpoint) : null });
  });
  return [...connection, stage('AUTH', 'SKIPPED'), stage('CATALOGUE', 'SKIPPED')];
}

function connectionStages(connection: ConnectionReport | null, endpoint: Endpoint): StageResult[] {
  if (connection === null) return CONNECTION_STAGES.map((name) => stage(name, 'SKIPPED'));
  const { remoteAddress, isViaProxy, isJudged, isEncrypted, dnsMs, connectMs, tlsMs } = connection;
  const address = isViaProxy ? 'through the outbound proxy' : remoteAddress;
  const unjudged = isViaProxy && !isJudged ? UNJUDGED : null;
  return [
    stage('ADDRESS', unjudged ? 'WARNING' : 'PASSED', { detail: address, ms: dnsMs, problem: unjudged }),
    stage('CONNECT', 'PASSED', { detail: formatMs(connectMs), ms: connectMs }),
    isEncrypted
      ? stage('TLS', 'PASSED', { detail: formatMs(tlsMs ?? 0), ms: tlsMs })
      : plainStage(endpoint, isViaProxy || (remoteAddress !== null && isPublicAddress(remoteAddress))),
  ];
}

const UNJUDGED: Problem = plainProblem(
  'OTHER',
  'Only the outbound proxy can resolve this name, so its address could not be checked.',
  'Make sure that the proxy reaches nothing it should not.',
);

/** Plain http is as good as it gets inside a network; a key that crosses the internet in the clear is worth a word. */
function plainStage(endpoint: Endpoint, isPublic: boolean): StageResult {
  if (!isPublic || !hasKey(endpoint)) return stage('TLS', 'SKIPPED', { detail: 'plain http' });
  const problem = plainProblem(
    'OTHER',
    'The key travels unencrypted to a public address.',
    'Use https:// if the endpoint speaks it.',
  );
  return stage('TLS', 'WARNING', { detail: 'plain http', problem });
}

export function hasKey({ auth, apiKey }: Endpoint): boolean {
  return auth !== 'NONE' && apiKey !== null && apiKey !== '';
}

function slowProblem(latencyMs: number | null): Problem | null {
  if (latencyMs === null || latencyMs <= SLOW_AFTER_MS) return null;
  const message = `The list of models took ${(latencyMs / 1000).toFixed(1)} s.`;
  return plainProblem('SLOW', message, 'The endpoint may be loading a model, be busy, or be short of memory.');
}

function plainDetail({ url }: Endpoint): string | null {
  return url.startsWith('http:') ? 'plain http' : null;
}

interface StageExtras {
  readonly detail?: string | null;
  readonly ms?: number | null;
  readonly problem?: Problem | null;
}

function stage(
  name: CheckStage,
  state: StageState,
  { detail = null, ms = null, problem = null }: StageExtras = {},
): StageResult {
  return { stage: name, state, detail, ms: ms === null ? null : Math.round(ms * 10) / 10, problem };
}

function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function countOf(count: number): string {
  return count === 1 ? '1 model' : `${count} models`;
}
