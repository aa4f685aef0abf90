import { AnswerError, createEndpointCaller, type EndpointCaller } from './check/endpoint-caller.js';
import { statusFor } from './check/response-problem.js';
import { ollamaEvidence, type OllamaEvidence } from './detect.js';
import type { OutboundClient, OutboundSession } from './http.js';
import { readTags } from './ollama/provider.js';
import { readCatalogue } from './openai/catalogue.js';
import { errorWords } from './outbound/error-words.js';
import { problem } from './outbound/outbound-error.js';
import {
  ProviderError,
  type Check,
  type CheckOptions,
  type Endpoint,
  type EndpointKind,
  type Problem,
  type Provider,
  type StageResult,
  type Suggestion,
  type Verification,
} from './provider.js';

const CANDIDATE_TIMEOUT_MS = 3_000;
const TRIALS_TIMEOUT_MS = 9_000;
const MAX_CANDIDATES = 12;
const CONCURRENCY = 4;

interface Candidate {
  readonly url: string;
  readonly kind: EndpointKind;
}

export type Verify = (endpoint: Endpoint, options?: CheckOptions) => Promise<Verification>;

/**
 * A check for somebody who waits in front of it: it proves the key and, where the check fails for its path or the server is of
 * the other kind, tries other addresses of the same origin, so that the key goes nowhere else. Rejects only when aborted.
 */
export function createVerify(client: OutboundClient, providers: Readonly<Record<EndpointKind, Provider>>): Verify {
  return async (endpoint, options = {}) => {
    const check = await providers[endpoint.kind].check(endpoint, { proveKey: true, ...options });
    if (!isAboutThePath(check)) return { ...check, detectedKind: null, suggestion: null };
    if (endpoint.kind === 'OPENAI' && check.models !== null)
      return { ...check, detectedKind: 'OPENAI', suggestion: null };

    const roots = ollamaRoots(endpoint.url);
    const session = client.openSession({ connectMs: CANDIDATE_TIMEOUT_MS });
    try {
      const caller = createTrialCaller(session, endpoint, options);
      const evidence = new Map(
        await Promise.all(roots.map(async (root) => [root, await ollamaEvidence(caller, root)] as const)),
      );
      if (endpoint.kind === 'OLLAMA' && check.models !== null && evidence.get(endpoint.url) !== 'EMULATION') {
        return { ...check, detectedKind: 'OLLAMA', suggestion: null };
      }
      const suggestion = await firstThatWorks(caller, endpoint, candidatesFor(endpoint, evidence));
      return conclude(check, endpoint, evidence, suggestion);
    } finally {
      await session.close();
    }
  };
}

/** Whether another path of the same server could do better: not where it was not reached, refuses the key, or is busy. */
function isAboutThePath(check: Check): boolean {
  if (check.models !== null) return true;
  switch (check.problem?.code) {
    case 'NOT_FOUND':
    case 'NOT_JSON':
    case 'UNEXPECTED_SHAPE':
    case 'WRONG_KIND':
    case 'NO_MODEL_LIST':
    case 'REDIRECTED':
      return true;
    case 'UPSTREAM_ERROR':
      return (check.problem.httpStatus ?? 500) < 500;
    default:
      return false;
  }
}

function conclude(
  check: Check,
  endpoint: Endpoint,
  evidence: ReadonlyMap<string, OllamaEvidence>,
  suggestion: Suggestion | null,
): Verification {
  const isGenuineHere = evidence.get(endpoint.url) === 'GENUINE';
  const detectedKind = detect(check, endpoint, isGenuineHere, suggestion);
  const isWrongKind = detectedKind !== null && detectedKind !== endpoint.kind;
  if (!isWrongKind) return { ...check, detectedKind, suggestion };
  const wrong = detectedKind === 'OLLAMA' ? ollamaAsOpenAi(endpoint) : openAiAsOllama();
  const isUsable = check.models !== null;
  return {
    ...check,
    status: isUsable ? check.status : statusFor(wrong),
    problem: wrong,
    stages: check.stages.map((stage) => (stage.stage === 'CATALOGUE' ? wrongKindStage(stage, wrong, isUsable) : stage)),
    detectedKind,
    suggestion,
  };
}

function detect(
  check: Check,
  endpoint: Endpoint,
  isGenuineHere: boolean,
  suggestion: Suggestion | null,
): EndpointKind | null {
  if (isGenuineHere) return 'OLLAMA';
  if (suggestion) return suggestion.kind;
  if (check.problem?.code === 'WRONG_KIND' || (check.models !== null && endpoint.kind === 'OLLAMA')) return 'OPENAI';
  return check.problem?.code === 'NO_MODEL_LIST' ? 'OPENAI' : null;
}

function wrongKindStage(stage: StageResult, wrong: Problem, isUsable: boolean): StageResult {
  return { ...stage, state: isUsable ? 'WARNING' : 'FAILED', problem: wrong };
}

function ollamaAsOpenAi({ url }: Endpoint): Problem {
  return problem(
    'WRONG_KIND',
    'This is an Ollama server.',
    `Add it as an Ollama endpoint, or use its OpenAI address ${url}/v1.`,
  );
}

function openAiAsOllama(): Problem {
  return problem(
    'WRONG_KIND',
    'This server is not Ollama. It speaks the OpenAI format.',
    'Add it as an OpenAI format endpoint.',
  );
}

/** The URL itself, without the parts that only the APIs have, and the origin. */
function ollamaRoots(url: string): string[] {
  return [...new Set([url, url.replace(/\/(v1|api)$/, ''), new URL(url).origin])];
}

/** All trials share one session and 9 s; each request has 3 s at most. */
function createTrialCaller(session: OutboundSession, endpoint: Endpoint, { signal }: CheckOptions): EndpointCaller {
  const deadlineAt = performance.now() + TRIALS_TIMEOUT_MS;
  const caller = createEndpointCaller({ endpoint, session, deadlineAt, ...(signal ? { signal } : {}) });
  const request: EndpointCaller['request'] = (url, options) =>
    caller.request(url, { timeoutMs: CANDIDATE_TIMEOUT_MS, ...options });
  return { ...caller, request };
}

const OPENAI_PATHS = ['/v1', '/api/v1', '/openai/v1', '/v3', '/api', '/inference/v1', '/v1beta/openai', '/openai'];

/** In the order of preference: Ollama where it is proven, then what is nearest to what was entered. */
function candidatesFor(endpoint: Endpoint, evidence: ReadonlyMap<string, OllamaEvidence>): Candidate[] {
  const { url } = endpoint;
  const { origin } = new URL(url);
  const genuine = [...evidence]
    .filter(([, found]) => found === 'GENUINE')
    .map(([root]): Candidate => ({ url: root, kind: 'OLLAMA' }));
  const bases = [...new Set([url, url.replace(/\/(v\d+|api)$/, ''), origin])];
  const openAi = bases
    .flatMap((base) => [base, ...OPENAI_PATHS.map((path) => (base.endsWith(path) ? base : `${base}${path}`))])
    .map((candidate): Candidate => ({ url: candidate, kind: 'OPENAI' }));
  const all = [...genuine, ...openAi].filter((candidate) => candidate.url !== url || candidate.kind !== endpoint.kind);
  const unique = new Map(all.map((candidate) => [`${candidate.kind} ${candidate.url}`, candidate]));
  return [...unique.values()].slice(0, MAX_CANDIDATES);
}

/** What a trial found: a list with so many models, or an API that keeps its list to those with a key. */
type Finding = { readonly modelCount: number } | 'WANTS_KEY';

/**
 * Tries all, four at a time, and takes the first in order that gives a catalogue; where none does, the first that wants a
 * key in the words of an API.
 */
async function firstThatWorks(
  caller: EndpointCaller,
  endpoint: Endpoint,
  candidates: readonly Candidate[],
): Promise<Suggestion | null> {
  let locked: Candidate | null = null;
  for (let from = 0; from < candidates.length; from += CONCURRENCY) {
    const group = candidates.slice(from, from + CONCURRENCY);
    const findings = await Promise.all(group.map((candidate) => tryOut(caller, candidate)));
    for (const [index, candidate] of group.entries()) {
      const found = findings[index];
      if (found === 'WANTS_KEY') locked ??= candidate;
      else if (found) return { ...candidate, ...found, reason: reasonFor(endpoint, candidate, found.modelCount) };
    }
  }
  return locked && { ...locked, modelCount: 0, reason: lockedReason(endpoint) };
}

/** Null where neither a list nor a demand for a key shows that the API is there. */
async function tryOut(caller: EndpointCaller, { url, kind }: Candidate): Promise<Finding | null> {
  const there = { ...caller, endpoint: { ...caller.endpoint, url, kind } };
  try {
    if (kind === 'OPENAI') return { modelCount: (await readCatalogue(there, null)).models.length };
    return { modelCount: (await readTags(there, `${url}/api/tags`, null)).tags.length };
  } catch (error) {
    if (error instanceof AnswerError && asksForKey(error)) return 'WANTS_KEY';
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

/** A refusal in the shape of an API. A page to sign in at, or the door of a proxy, says nothing about what is behind it. */
function asksForKey({ problem, response }: AnswerError): boolean {
  return statusFor(problem) === 'UNAUTHORIZED' && isJson(response.body) && errorWords(response.body).message !== null;
}

function isJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}

function lockedReason({ apiKey }: Endpoint): string {
  return apiKey === null ? 'An API answers there, and wants a key.' : 'An API answers there, and refuses this key.';
}

function reasonFor(endpoint: Endpoint, { url, kind }: Candidate, modelCount: number): string {
  const count = modelCount === 1 ? '1 model' : `${modelCount} models`;
  if (kind === 'OLLAMA' && endpoint.kind !== kind) return `An Ollama server answers there with ${count}.`;
  if (endpoint.kind !== kind) return `It answers in the OpenAI format with ${count}.`;
  return url.startsWith(endpoint.url)
    ? `The models are one step further: ${count}.`
    : `It answers there with ${count}.`;
}
