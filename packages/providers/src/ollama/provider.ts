import { failure, urlHint, type EndpointCaller } from '../check/endpoint-caller.js';
import { KeyProof } from '../check/key-proof.js';
import { stagedCheck, type Reading } from '../check/staged-check.js';
import { declaredModels } from '../declared-models.js';
import type { OutboundClient } from '../http.js';
import type { Adapter } from '../kinds/adapter.js';
import { ListMemory } from '../list/list-memory.js';
import { readList } from '../list/read-list.js';
import type { ListPage } from '../list/read-page.js';
import { Slices } from '../list/slices.js';
import { problem } from '../outbound/outbound-error.js';
import type { CheckOptions, Problem } from '../provider.js';
import { locateOllama } from './evidence.js';
import { tagName, toDiscoveredModel, type RunningModel } from './mapping.js';
import { ShowReader } from './show.js';
import { runningSchema, tagListFormat, tagsOf, versionSchema, type WireTag } from './wire.js';

const EXTRA_TIMEOUT_MS = 2_000;

/** The adapter for Ollama's own API. */
export function createOllamaProvider(client: OutboundClient): Adapter {
  const tools: Tools = { keyProof: new KeyProof(), show: new ShowReader(), memory: new ListMemory() };
  return {
    check: (endpoint, options = {}) =>
      stagedCheck(client, endpoint, options, (caller, { proveKey }) => read(caller, tools, proveKey)),
    imitatedBy: 'OPENAI',
    locate: locateOllama,
    countModels: async (caller) => (await readTags(caller, tagsUrl(caller), null)).tags.length,
  };
}

interface Tools {
  readonly keyProof: KeyProof;
  readonly show: ShowReader;
  readonly memory: TagListMemory;
}

type TagListMemory = ListMemory<ListPage<WireTag | null>>;

interface NamedTag {
  readonly name: string;
  readonly tag: WireTag;
}

async function read(
  caller: EndpointCaller,
  { keyProof, show, memory }: Tools,
  proveKey: CheckOptions['proveKey'],
): Promise<Reading> {
  const { endpoint } = caller;
  const listUrl = tagsUrl(caller);
  // Somebody who waits for it wants to know what is there now.
  const { tags, dropped, latencyMs, incomplete } = await readTags(caller, listUrl, proveKey === true ? null : memory);
  const serverVersion = await readVersion(caller);
  const running = await readRunning(caller);
  const unstated = tags
    .filter(({ tag }) => !tag.capabilities)
    .map(({ name, tag }) => ({ name, digest: tag.digest ?? null }));
  const shown = await show.read(caller, unstated);
  const key = await keyProof.prove(caller, { listUrl, guardedUrl: null }, proveKey);
  const names = new Set(tags.map(({ name }) => name));
  const found = await new Slices(caller.signal).map(tags, ({ name, tag }) =>
    toDiscoveredModel(name, tag, { shown: shown.get(name) ?? null, running }),
  );
  return {
    models: [...found, ...declaredModels(endpoint.declaredModels, names)],
    isPart: incomplete !== null,
    problem: listProblem(dropped, incomplete),
    key,
    latencyMs,
    serverVersion,
  };
}

interface ReadTags {
  /** Each name once, in the order of the list. */
  readonly tags: readonly NamedTag[];
  /** Rows without a name that could be called. */
  readonly dropped: number;
  readonly latencyMs: number;
  /** Why not everything was read, as a clause; null if it was. */
  readonly incomplete: string | null;
}

const tagsUrl = ({ endpoint }: EndpointCaller): string => `${endpoint.url}/api/tags`;

/** The installed models. Rejects where the answer is no list of Ollama's. */
async function readTags(caller: EndpointCaller, url: string, memory: TagListMemory | null): Promise<ReadTags> {
  const reader = { format: tagListFormat, memory, rowsOf: tagsOf, idOf: (tag: WireTag | null) => tag && tagName(tag) };
  const read = await readList(caller, url, reader);
  if (read.rows !== null) {
    const slices = new Slices(caller.signal);
    const { firstByteMs: latencyMs } = read.response;
    return { ...(await identify(read.rows, slices)), latencyMs, incomplete: read.incomplete };
  }
  const { response } = read;
  if (/"data"\s*:/.test(response.bytes.toString('latin1', 0, LOOKED_AT_BYTES))) {
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

/** Where the other kind of list shows itself. */
const LOOKED_AT_BYTES = 1024 * 1024;

async function identify(
  rows: readonly (WireTag | null)[],
  slices: Slices,
): Promise<Pick<ReadTags, 'tags' | 'dropped'>> {
  const tags = new Map<string, WireTag>();
  let dropped = 0;
  for (const tag of rows) {
    if (slices.isOver) await slices.pause();
    const name = tag === null ? null : tagName(tag);
    if (tag === null || name === null) dropped += 1;
    else if (!tags.has(name)) tags.set(name, tag);
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
    if (name) {
      const { size, size_vram: vram, expires_at: expiresAt } = model;
      const inMemory = { sizeBytes: size ?? null, vramBytes: vram ?? null, expiresAt: instantOrNull(expiresAt) };
      running.set(name, { contextLength: model.context_length ?? null, inMemory });
    }
  }
  return running;
}

/** A client would fail on a time that it cannot read. */
const instantOrNull = (text: string | null | undefined): string | null =>
  text && text.length < 64 && Number.isFinite(Date.parse(text)) ? text : null;

function extra(caller: EndpointCaller, path: string): Promise<unknown> {
  return caller.optionalJson(`${caller.endpoint.url}${path}`, {
    timeoutMs: Math.min(EXTRA_TIMEOUT_MS, caller.remainingMs() / 3),
  });
}

function listProblem(dropped: number, incomplete: string | null): Problem | null {
  if (incomplete !== null) return problem('PARTIAL_MODEL_LIST', `The list of models is not complete: ${incomplete}.`);
  if (dropped === 0) return null;
  return problem(
    'PARTIAL_MODEL_LIST',
    `${dropped === 1 ? '1 entry of the list was' : `${dropped} entries of the list were`} left out for want of a name.`,
  );
}
