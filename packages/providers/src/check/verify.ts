import type { OutboundClient, OutboundSession } from '../http.js';
import type { Adapter, Located } from '../kinds/adapter.js';
import type { Adapters } from '../kinds/adapters.js';
import { ENDPOINT_KINDS, kindSpec, type EndpointKind } from '../kinds/kinds.js';
import { errorWords } from '../outbound/error-words.js';
import { problem } from '../outbound/outbound-error.js';
import {
  ProviderError,
  type Check,
  type CheckOptions,
  type Endpoint,
  type Problem,
  type StageResult,
  type Suggestion,
  type Verification,
} from '../provider.js';
import { AnswerError, createEndpointCaller, type EndpointCaller } from './endpoint-caller.js';
import { statusFor } from './response-problem.js';

const CANDIDATE_TIMEOUT_MS = 3_000;
const TRIALS_TIMEOUT_MS = 9_000;
const MAX_CANDIDATES = 12;
const CONCURRENCY = 4;

interface Candidate {
  readonly url: string;
  readonly kind: EndpointKind;
}

/** What was found at the server by the adapter of each kind. */
type Locations = ReadonlyMap<EndpointKind, Located>;

export type Verify = (endpoint: Endpoint, options?: CheckOptions) => Promise<Verification>;

/**
 * A check for somebody who waits in front of it: it proves the key and, where the check fails for its path or the
 * server is of another kind, tries other addresses of the same origin, so that the key goes nowhere else. Rejects only
 * when aborted.
 */
export function createVerify(client: OutboundClient, adapters: Adapters): Verify {
  return async (endpoint, options = {}) => {
    const { kind, url } = endpoint;
    const check = await adapters[kind].check(endpoint, { proveKey: true, ...options });
    if (!isAboutThePath(check)) return { ...check, detectedKind: null, suggestion: null };

    const session = client.openSession({ connectMs: CANDIDATE_TIMEOUT_MS });
    try {
      const caller = createTrialCaller(session, endpoint, options);
      const own = await adapters[kind].locate(caller, url);
      if (check.models !== null && !own.imitated.includes(url)) {
        return { ...check, detectedKind: kind, suggestion: null };
      }
      const locations = await locateOthers(adapters, caller, own);
      const suggestion = await firstThatWorks(adapters, caller, candidatesFor(endpoint, locations));
      return conclude(check, endpoint, detect(check, endpoint, locations, suggestion, adapters[kind]), suggestion);
    } finally {
      await session.close();
    }
  };
}

async function locateOthers(adapters: Adapters, caller: EndpointCaller, own: Located): Promise<Locations> {
  const { kind: ownKind, url } = caller.endpoint;
  const found = ENDPOINT_KINDS.map(
    async (kind) => [kind, kind === ownKind ? own : await adapters[kind].locate(caller, url)] as const,
  );
  return new Map(await Promise.all(found));
}

/**
 * Whether another path of the same server could do better: not where it was not reached, refuses the key, or is busy.
 */
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
  detectedKind: EndpointKind | null,
  suggestion: Suggestion | null,
): Verification {
  if (detectedKind === null || detectedKind === endpoint.kind) return { ...check, detectedKind, suggestion };
  const wrong = wrongKind(endpoint, detectedKind);
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
  { kind, url }: Endpoint,
  locations: Locations,
  suggestion: Suggestion | null,
  { imitatedBy }: Adapter,
): EndpointKind | null {
  const proven = [...locations].find(([, located]) => located.proven.includes(url));
  if (proven) return proven[0];
  if (suggestion) return suggestion.kind;
  if (check.problem?.code === 'WRONG_KIND' || check.models !== null) return imitatedBy;
  return check.problem?.code === 'NO_MODEL_LIST' ? kind : null;
}

function wrongKindStage(stage: StageResult, wrong: Problem, isUsable: boolean): StageResult {
  return { ...stage, state: isUsable ? 'WARNING' : 'FAILED', problem: wrong };
}

function wrongKind({ kind, url }: Endpoint, detected: EndpointKind): Problem {
  const { isNotThisKind, openAiPath: expectedPath } = kindSpec(kind);
  const { anEndpoint, isThisKind, openAiPath } = kindSpec(detected);
  const isElsewhere = expectedPath === '' && openAiPath !== '';
  const otherwise = isElsewhere ? `, or use its OpenAI address ${url}${openAiPath}` : '';
  const message = isNotThisKind === null ? isThisKind : `${isNotThisKind} ${isThisKind}`;
  return problem('WRONG_KIND', message, `Add it as ${anEndpoint}${otherwise}.`);
}

/** All trials share one session and 9 s; each request has 3 s at most. */
function createTrialCaller(session: OutboundSession, endpoint: Endpoint, { signal }: CheckOptions): EndpointCaller {
  const deadlineAt = performance.now() + TRIALS_TIMEOUT_MS;
  const caller = createEndpointCaller({ endpoint, session, deadlineAt, ...(signal ? { signal } : {}) });
  const request: EndpointCaller['request'] = (url, options) =>
    caller.request(url, { timeoutMs: CANDIDATE_TIMEOUT_MS, ...options });
  return { ...caller, request };
}

/** In the order of preference: what is proven to be there, then the usual places. */
function candidatesFor({ url, kind: wrong }: Endpoint, locations: Locations): Candidate[] {
  const candidates = (where: 'proven' | 'usual'): Candidate[] =>
    [...locations].flatMap(([kind, located]) => located[where].map((one) => ({ url: one, kind })));
  const all = [...candidates('proven'), ...candidates('usual')];
  const others = all.filter((candidate) => candidate.url !== url || candidate.kind !== wrong);
  const unique = new Map(others.map((candidate) => [`${candidate.kind} ${candidate.url}`, candidate]));
  return [...unique.values()].slice(0, MAX_CANDIDATES);
}

/** What a trial found: a list with so many models, or an API that keeps its list to those with a key. */
type Finding = { readonly modelCount: number } | 'WANTS_KEY';

/**
 * Tries all, four at a time, and takes the first in order that gives a catalogue; where none does, the first that wants
 * a key in the words of an API.
 */
async function firstThatWorks(
  adapters: Adapters,
  caller: EndpointCaller,
  candidates: readonly Candidate[],
): Promise<Suggestion | null> {
  const { endpoint } = caller;
  let locked: Candidate | null = null;
  for (let from = 0; from < candidates.length; from += CONCURRENCY) {
    const group = candidates.slice(from, from + CONCURRENCY);
    const findings = await Promise.all(group.map((candidate) => tryOut(adapters, caller, candidate)));
    for (const [index, candidate] of group.entries()) {
      const found = findings[index];
      if (found === 'WANTS_KEY') locked ??= candidate;
      else if (found) return { ...candidate, ...found, reason: reasonFor(endpoint, candidate, found.modelCount) };
    }
  }
  return locked && { ...locked, modelCount: 0, reason: lockedReason(endpoint) };
}

/** Null where neither a list nor a demand for a key shows that the API is there. */
async function tryOut(adapters: Adapters, caller: EndpointCaller, { url, kind }: Candidate): Promise<Finding | null> {
  const there = { ...caller, endpoint: { ...caller.endpoint, url, kind } };
  try {
    return { modelCount: await adapters[kind].countModels(there) };
  } catch (error) {
    if (error instanceof AnswerError && asksForKey(error)) return 'WANTS_KEY';
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

/**
 * A refusal in the shape of an API. A page to sign in at, or the door of a proxy, says nothing about what is behind it.
 */
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
  if (endpoint.kind !== kind) return `${kindSpec(kind).answersThere} with ${count}.`;
  return url.startsWith(endpoint.url)
    ? `The models are one step further: ${count}.`
    : `It answers there with ${count}.`;
}
