import { AnswerError, type EndpointCaller } from '../check/endpoint-caller.js';
import { KeyProof } from '../check/key-proof.js';
import { responseProblem, statusFor } from '../check/response-problem.js';
import { stagedCheck, type Reading } from '../check/staged-check.js';
import { declaredModels } from '../declared-models.js';
import type { OutboundClient } from '../http.js';
import type { Adapter } from '../kinds/adapter.js';
import { ListMemory } from '../list/list-memory.js';
import { Slices } from '../list/slices.js';
import { errorWords } from '../outbound/error-words.js';
import { problem } from '../outbound/outbound-error.js';
import { ProviderError, type CheckOptions, type Problem } from '../provider.js';
import { modelsUrl, readCatalogue, type Catalogue, type ModelListMemory } from './catalogue.js';
import { enrich, isLlamaCpp, rootOf } from './enrichment.js';
import { toDiscoveredModels, type IdentifiedModel } from './mapping.js';

const PROBE_TIMEOUT_MS = 3_000;

/** The adapter for servers of the OpenAI API. */
export function createOpenAiProvider(client: OutboundClient): Adapter {
  const tools: Tools = { keyProof: new KeyProof(), memory: new ListMemory() };
  return {
    check: (endpoint, options = {}) =>
      stagedCheck(client, endpoint, options, (caller, { proveKey }) => read(caller, tools, proveKey)),
    imitatedBy: null,
    locate: (_caller, url) => Promise.resolve({ proven: [], imitated: [], usual: usualUrls(url) }),
    countModels: async (caller) => (await readCatalogue(caller, null)).models.length,
  };
}

interface Tools {
  readonly keyProof: KeyProof;
  readonly memory: ModelListMemory;
}

async function read(
  caller: EndpointCaller,
  { keyProof, memory }: Tools,
  proveKey: CheckOptions['proveKey'],
): Promise<Reading> {
  let catalogue: Catalogue;
  try {
    // Somebody who waits for it wants to know what is there now.
    catalogue = await readCatalogue(caller, proveKey === true ? null : memory);
  } catch (error) {
    if (error instanceof AnswerError) return readWithoutList(caller, error);
    throw error;
  }
  const { endpoint } = caller;
  const { models, serverVersion } = await enrich(caller, catalogue.models, catalogue.headers);
  const paths = { listUrl: modelsUrl(endpoint.url), guardedUrl: guardedUrl(endpoint.url, models) };
  const key = await keyProof.prove(caller, paths, proveKey);
  return {
    models: await toDiscoveredModels(models, endpoint.declaredModels, new Slices(caller.signal)),
    isPart: catalogue.incomplete !== null,
    problem: (await readiness(caller, models)) ?? listProblem(catalogue, endpoint.declaredModels.length),
    key,
    latencyMs: catalogue.latencyMs,
    serverVersion,
  };
}

const USUAL_PATHS = ['/v1', '/api/v1', '/openai/v1', '/v3', '/api', '/inference/v1', '/v1beta/openai', '/openai'];

/** The nearest to what was entered first. */
function usualUrls(url: string): string[] {
  const bases = [...new Set([url, url.replace(/\/(v\d+|api)$/, ''), new URL(url).origin])];
  return bases.flatMap((base) => [base, ...USUAL_PATHS.map((path) => (base.endsWith(path) ? base : `${base}${path}`))]);
}

/** Where these servers look at the key although their list is open. */
function guardedUrl(base: string, models: readonly IdentifiedModel[]): string | null {
  if (isLlamaCpp(models)) return `${rootOf(base)}/props`;
  const isOpenRouter = models.some(({ wire }) => wire.top_provider && wire.architecture && wire.supported_parameters);
  return isOpenRouter ? `${base}/key` : null;
}

function listProblem(found: Catalogue, declaredCount: number): Problem | null {
  if (found.incomplete !== null)
    return problem('PARTIAL_MODEL_LIST', `The list of models is not complete: ${found.incomplete}.`);
  if (found.dropped > 0) {
    const left = found.dropped === 1 ? '1 entry of the list was' : `${found.dropped} entries of the list were`;
    return problem('PARTIAL_MODEL_LIST', `${left} left out for want of an id that could be called.`);
  }
  if (found.wildcards > 0 && found.models.length === 0 && declaredCount === 0) {
    const message = 'The endpoint lists a pattern (*) instead of models.';
    return problem(
      'NO_MODEL_LIST',
      message,
      'Name the models to use under Advanced, or list them in the configuration of the endpoint.',
    );
  }
  return null;
}

// NVIDIA NIM lists its model before it can be used, and says so at a path of its own.
async function readiness(caller: EndpointCaller, models: readonly IdentifiedModel[]): Promise<Problem | null> {
  if (!models.some(({ wire }) => wire.owned_by === 'system' && wire.max_model_len)) return null;
  const answer = await attempt(() =>
    caller.request(`${caller.endpoint.url}/health/ready`, { timeoutMs: PROBE_TIMEOUT_MS }),
  );
  if (answer?.status !== 503) return null;
  return {
    ...problem(
      'LOADING',
      'The server lists its model, but is not ready to use it.',
      'It is starting. It is checked again soon.',
    ),
    httpStatus: 503,
  };
}

/** A server without a list can still serve models, if its address is right. Otherwise rejects with the error given. */
async function readWithoutList(caller: EndpointCaller, error: AnswerError): Promise<Reading> {
  const { endpoint } = caller;
  if (error.problem.code !== 'NOT_FOUND' && !saysNotSupported(error)) {
    throw (await isStarting(caller, error)) ? loading(error) : error;
  }
  const isDeclared = endpoint.declaredModels.length > 0;
  if (!isDeclared && !(await hasChatPath(caller))) throw error;
  const hint = isDeclared ? null : 'Name the models to use under Advanced.';
  return {
    models: isDeclared ? declaredModels(endpoint.declaredModels) : null,
    problem: {
      ...problem('NO_MODEL_LIST', `The endpoint has no list of models (${error.response.status}).`, hint),
      httpStatus: error.response.status,
    },
    key: { state: 'UNPROVEN', detail: 'could not be tried' },
    latencyMs: error.response.firstByteMs,
    serverVersion: null,
  };
}

function saysNotSupported({ response }: AnswerError): boolean {
  return (
    response.status === 400 && /not supported|not allowed|unsupported/i.test(errorWords(response.body).message ?? '')
  );
}

/**
 * Whether the chat path answers as one does, asked with a request that lacks its messages, so that nothing can be
 * generated. Rejects where that shows the key to be wrong.
 */
async function hasChatPath(caller: EndpointCaller): Promise<boolean> {
  const url = `${caller.endpoint.url}/chat/completions`;
  const answer = await attempt(() => caller.request(url, { method: 'POST', body: '{}', timeoutMs: PROBE_TIMEOUT_MS }));
  if (answer === null) return false;
  const failed = answer.status >= 400 ? responseProblem(answer, caller.endpoint) : null;
  if (failed && statusFor(failed) === 'UNAUTHORIZED') throw new AnswerError(answer, failed);
  return answer.status === 400 || answer.status === 415 || answer.status === 422;
}

// A 503 that does not say why: a server that is starting says so at one of these.
async function isStarting(caller: EndpointCaller, { response, problem }: AnswerError): Promise<boolean> {
  if (response.status !== 503 || problem.code !== 'UPSTREAM_ERROR') return false;
  const answer = await attempt(() =>
    caller.request(`${rootOf(caller.endpoint.url)}/readyz`, { timeoutMs: PROBE_TIMEOUT_MS }),
  );
  const alive = await attempt(() =>
    caller.request(`${rootOf(caller.endpoint.url)}/healthz`, { timeoutMs: PROBE_TIMEOUT_MS }),
  );
  return answer?.status === 503 && alive?.status === 200;
}

function loading(error: AnswerError): ProviderError {
  const hint = 'The server is starting. It is checked again soon.';
  return new AnswerError(error.response, { ...error.problem, code: 'LOADING', hint }, { cause: error });
}

async function attempt<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}
