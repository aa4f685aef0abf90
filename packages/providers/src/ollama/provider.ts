import { setImmediate } from 'node:timers/promises';
import { failure, parseAnswer, urlHint, type EndpointCaller } from '../check/endpoint-caller.js';
import { KeyProof } from '../check/key-proof.js';
import { stagedCheck, type Reading } from '../check/staged-check.js';
import type { OutboundClient } from '../http.js';
import { problem } from '../outbound/outbound-error.js';
import { declaredModels } from '../declared-models.js';
import type { CheckOptions, Problem, Provider } from '../provider.js';
import { tagName, toDiscoveredModel, type RunningModel } from './mapping.js';
import { ShowReader } from './show.js';
import { runningSchema, tagSchema, tagsSchema, versionSchema, type WireTag } from './wire.js';

const MAX_MODELS = 20_000;
const ROWS_PER_TURN = 200;
const EXTRA_TIMEOUT_MS = 2_000;

/** The adapter for Ollama's own API. */
export function createOllamaProvider(client: OutboundClient): Provider {
  const tools = { keyProof: new KeyProof(), show: new ShowReader() };
  return {
    kind: 'OLLAMA',
    check: (endpoint, options = {}) =>
      stagedCheck(client, endpoint, options, (caller, { proveKey }) => read(caller, tools, proveKey)),
  };
}

interface Tools {
  readonly keyProof: KeyProof;
  readonly show: ShowReader;
}

interface NamedTag {
  readonly name: string;
  readonly tag: WireTag;
}

async function read(
  caller: EndpointCaller,
  { keyProof, show }: Tools,
  proveKey: CheckOptions['proveKey'],
): Promise<Reading> {
  const { endpoint } = caller;
  const listUrl = `${endpoint.url}/api/tags`;
  const { rows, latencyMs } = await readTags(caller, listUrl);
  const { tags, dropped } = await identify(rows.slice(0, MAX_MODELS));
  const serverVersion = await readVersion(caller);
  const running = await readRunning(caller);
  const unstated = tags
    .filter(({ tag }) => !tag.capabilities)
    .map(({ name, tag }) => ({ name, digest: tag.digest ?? null }));
  const shown = await show.read(caller, unstated);
  const key = await keyProof.prove(caller, { listUrl, guardedUrl: null }, proveKey);
  const names = new Set(tags.map(({ name }) => name));
  return {
    models: [
      ...tags.map(({ name, tag }) => toDiscoveredModel(name, tag, { shown: shown.get(name) ?? null, running })),
      ...declaredModels(endpoint.declaredModels, names),
    ],
    problem: listProblem(dropped, rows.length),
    key,
    latencyMs,
    serverVersion,
  };
}

export async function readTags(
  caller: EndpointCaller,
  url: string,
): Promise<{ rows: readonly unknown[]; latencyMs: number }> {
  const response = await caller.request(url);
  const json = parseAnswer(response, caller.endpoint);
  const parsed = tagsSchema.safeParse(json);
  if (parsed.success) return { rows: parsed.data.models ?? [], latencyMs: response.firstByteMs };
  const isOpenAiList = typeof json === 'object' && json !== null && 'data' in json;
  if (isOpenAiList) {
    throw failure(
      response,
      'WRONG_KIND',
      'answers in the OpenAI format, not in Ollama’s.',
      'Add it as an OpenAI format endpoint, with /v1 at the end.',
    );
  }
  throw failure(
    response,
    'UNEXPECTED_SHAPE',
    'gave JSON that is not Ollama’s list of models.',
    urlHint(caller.endpoint),
  );
}

export async function identify(rows: readonly unknown[]): Promise<{ tags: readonly NamedTag[]; dropped: number }> {
  const tags = new Map<string, WireTag>();
  let dropped = 0;
  for (const [index, row] of rows.entries()) {
    if (index % ROWS_PER_TURN === ROWS_PER_TURN - 1) await setImmediate();
    const parsed = tagSchema.safeParse(row);
    const name = parsed.success ? tagName(parsed.data) : null;
    if (!parsed.success || name === null) dropped += 1;
    else if (!tags.has(name)) tags.set(name, parsed.data);
  }
  return { tags: [...tags].map(([name, tag]) => ({ name, tag })), dropped };
}

async function readVersion(caller: EndpointCaller): Promise<string | null> {
  const parsed = versionSchema.safeParse(await extra(caller, '/api/version'));
  return parsed.success ? parsed.data.version : null;
}

async function readRunning(caller: EndpointCaller): Promise<ReadonlyMap<string, RunningModel> | null> {
  const parsed = runningSchema.safeParse(await extra(caller, '/api/ps'));
  if (!parsed.success) return null;
  const running = new Map<string, RunningModel>();
  for (const model of parsed.data.models ?? []) {
    const name = model?.model || model?.name;
    if (name) running.set(name, { contextLength: model.context_length ?? null });
  }
  return running;
}

function extra(caller: EndpointCaller, path: string): Promise<unknown> {
  return caller.optionalJson(`${caller.endpoint.url}${path}`, {
    timeoutMs: Math.min(EXTRA_TIMEOUT_MS, caller.remainingMs() / 3),
  });
}

function listProblem(dropped: number, total: number): Problem | null {
  if (total > MAX_MODELS)
    return problem('PARTIAL_MODEL_LIST', `Only the first ${MAX_MODELS.toLocaleString('en')} models were read.`);
  if (dropped === 0) return null;
  return problem(
    'PARTIAL_MODEL_LIST',
    `${dropped === 1 ? '1 entry of the list was' : `${dropped} entries of the list were`} left out for want of a name.`,
  );
}
