import { randomUUID } from 'node:crypto';
import type { DiscoveredModel } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';
import type { Model } from '../model.entity.js';
import { createNamer, type Namer } from './public-name.js';

const HOUR_MS = 3_600_000;

/** What a discovery, or another configuration, makes of the stored models of a connection. */
export interface CatalogueDifference {
  /** Rows to store as they are: new ones and those that changed. */
  readonly rows: readonly Model[];
  /** Ids of vanished ones that are kept no longer: there are too many. */
  readonly forgotten: readonly string[];
  /** Ids by what readers of the catalogue see: came into sight, look different, went out of sight. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
  /** Models in sight afterwards. */
  readonly modelCount: number;
  /** Rows that were seen again and say so by the hour; null where none needs it. */
  readonly seenAgainAt: Date | null;
}

/** The fields that a discovery brings. */
const STATED = [
  'ownedBy',
  'contextLength',
  'family',
  'parameterSize',
  'quantization',
  'sizeBytes',
  'loaded',
  'declared',
] as const satisfies readonly (keyof Model & keyof DiscoveredModel)[];

const SHOWN = [...STATED, 'name', 'confirmed'] as const satisfies readonly (keyof Model)[];

type Configuration = Pick<Connection, 'id' | 'modelPrefix' | 'modelAllowlist' | 'modelAliases' | 'declaredModels'>;

/** A list as it was read. `isPart`: what is missing in it may be there all the same. */
export interface Discovered {
  readonly models: readonly DiscoveredModel[];
  readonly isPart: boolean;
}

/** Models of one connection that parts of a list may come to together: each part could name others. */
const MOST_OF_PARTS = 20_000;
/**
 * Vanished models of one connection that are kept, as many as it may have in sight: an endpoint whose list comes and
 * goes finds all of them again, and one that has other names with each check does not fill the database.
 */
const MOST_VANISHED = 20_000;

/**
 * Compares what an endpoint lists with what is stored. Ids stay with their upstream id for as long as the row is kept,
 * also across a time of being gone.
 */
export function compareDiscovery(
  stored: readonly Model[],
  connection: Configuration,
  discovered: Discovered,
  now: Date,
): CatalogueDifference {
  const steps = discoverySteps(stored, connection, discovered, now);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same for tens of thousands of models, with a yield after every few hundred of them. */
export function* discoverySteps(
  stored: readonly Model[],
  connection: Configuration,
  discovered: Discovered,
  now: Date,
  mostVanished = MOST_VANISHED,
): Generator<undefined, CatalogueDifference> {
  const listed = new Map<string, DiscoveredModel>();
  for (const model of discovered.models) {
    if (!model.declared && !listed.has(model.upstreamId)) listed.set(model.upstreamId, model);
    if (listed.size % MODELS_A_STEP === 0) yield;
  }
  // The configuration may have changed since the check began: what is declared is decided here.
  for (const upstreamId of connection.declaredModels) {
    if (!listed.has(upstreamId)) listed.set(upstreamId, declaredModel(upstreamId));
  }
  const namer = createNamer(connection);
  const byUpstreamId = new Map(stored.map((model) => [model.upstreamId, model]));
  const declared = new Set(connection.declaredModels);
  const isGone = (before: Model): boolean =>
    !discovered.isPart || (before.declared && !declared.has(before.upstreamId));
  const pairs: [Model | null, Model][] = [];
  for (const before of stored) {
    const found = listed.get(before.upstreamId);
    const after = found !== undefined ? seen(before, found, now) : isGone(before) ? gone(before, now) : before;
    pairs.push([before, named(after, before, namer, now)]);
    if (pairs.length % MODELS_A_STEP === 0) yield;
  }
  for (const [upstreamId, model] of listed) {
    if (byUpstreamId.has(upstreamId)) continue;
    if (discovered.isPart && pairs.length >= MOST_OF_PARTS && !model.declared) continue;
    pairs.push([null, newModel(connection.id, model, namer, now)]);
    if (pairs.length % MODELS_A_STEP === 0) yield;
  }
  return yield* difference(pairs, hourOf(now), mostVanished);
}

/** Compared at a time: a tenth of a millisecond for each hundred. */
const MODELS_A_STEP = 200;

/** Applies names, visibility and declared models of a changed configuration; what the endpoint lists stays as known. */
export function compareConfiguration(
  stored: readonly Model[],
  connection: Configuration,
  now: Date,
): CatalogueDifference {
  const declared = new Set(connection.declaredModels);
  const namer = createNamer(connection);
  const known = new Set(stored.map((model) => model.upstreamId));
  const pairs = stored.map((before): [Model | null, Model] => {
    const isGone = before.declared && !declared.has(before.upstreamId);
    const isBack = before.vanishedAt !== null && declared.has(before.upstreamId);
    const after = isGone ? gone(before, now) : isBack ? seen(before, declaredModel(before.upstreamId), now) : before;
    return [before, named(after, before, namer, now)];
  });
  for (const upstreamId of declared) {
    if (!known.has(upstreamId)) pairs.push([null, newModel(connection.id, declaredModel(upstreamId), namer, now)]);
  }
  const steps = difference(pairs, null, MOST_VANISHED);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function* difference(
  pairs: readonly [Model | null, Model][],
  hour: Date | null,
  mostVanished: number,
): Generator<undefined, CatalogueDifference> {
  const rows: Model[] = [];
  const ids = { added: [] as string[], changed: [] as string[], vanished: [] as string[] };
  const vanished: Model[] = [];
  let modelCount = 0;
  let isSeenLater = false;
  for (const [index, [before, after]] of pairs.entries()) {
    if (index % MODELS_A_STEP === 0) yield;
    const [was, is] = [before !== null && isInSight(before), isInSight(after)];
    if (is) modelCount += 1;
    if (after.vanishedAt !== null) vanished.push(after);
    if (before === null || isDifferent(before, after)) {
      rows.push(after);
      if (is && !was) ids.added.push(after.id);
      else if (was && !is) ids.vanished.push(after.id);
      else if (is) ids.changed.push(after.id);
    } else if (hour !== null && after.vanishedAt === null && before.lastSeenAt < hour) isSeenLater = true;
  }
  const forgotten = tooManyOf(vanished, mostVanished);
  const kept = forgotten.size === 0 ? rows : rows.filter(({ id }) => !forgotten.has(id));
  return { rows: kept, forgotten: [...forgotten], ...ids, modelCount, seenAgainAt: isSeenLater ? hour : null };
}

/** Those that vanished first; what an administrator set of a model is the last to go. */
function tooManyOf(vanished: Model[], most: number): ReadonlySet<string> {
  const excess = vanished.length - most;
  if (excess <= 0) return new Set();
  const weight = (model: Model): number =>
    (model.vanishedAt?.getTime() ?? 0) + (model.setCapabilities === null ? 0 : AGES_MS);
  vanished.sort((one, other) => weight(one) - weight(other));
  return new Set(vanished.slice(0, excess).map(({ id }) => id));
}

/** Later than any time. */
const AGES_MS = 1e15;

const isInSight = (model: Model): boolean => model.listed && model.vanishedAt === null;

function isDifferent(before: Model, after: Model): boolean {
  return (
    before.listed !== after.listed ||
    before.vanishedAt?.getTime() !== after.vanishedAt?.getTime() ||
    SHOWN.some((field) => before[field] !== after[field]) ||
    JSON.stringify(before.statedCapabilities) !== JSON.stringify(after.statedCapabilities) ||
    JSON.stringify(before.file) !== JSON.stringify(after.file)
  );
}

function seen(before: Model, found: DiscoveredModel, now: Date): Model {
  const stated = { statedCapabilities: found.capabilities, file: found.file ?? null };
  const after: Model = { ...before, ...stated, confirmed: true, vanishedAt: null };
  for (const field of STATED) Object.assign(after, { [field]: found[field] });
  const hour = hourOf(now);
  return before.vanishedAt === null && before.lastSeenAt >= hour ? after : { ...after, lastSeenAt: now };
}

const gone = (before: Model, now: Date): Model =>
  before.vanishedAt === null ? { ...before, confirmed: false, vanishedAt: now, loaded: null } : before;

/** A name is held from the moment it is in sight under it. */
function named(model: Model, before: Model, namer: Namer, now: Date): Model {
  const name = namer.nameOf(model.upstreamId);
  const after = { ...model, name, listed: namer.isListed(model.upstreamId) };
  const holdsAlready = isInSight(before) && before.name === name;
  return isInSight(after) && !holdsAlready ? { ...after, namedAt: now } : after;
}

function newModel(connectionId: string, found: DiscoveredModel, namer: Namer, now: Date): Model {
  // What is in memory is no matter of the catalogue: it would change with every request.
  const { upstreamId, capabilities, file = null, inMemory: _, ...stated } = found;
  return {
    ...stated,
    file,
    id: randomUUID(),
    connectionId,
    upstreamId,
    name: namer.nameOf(upstreamId),
    listed: namer.isListed(upstreamId),
    statedCapabilities: capabilities,
    setCapabilities: null,
    confirmed: true,
    namedAt: now,
    firstSeenAt: now,
    lastSeenAt: now,
    vanishedAt: null,
  };
}

function declaredModel(upstreamId: string): DiscoveredModel {
  const nothing = { ownedBy: null, capabilities: null, contextLength: null, family: null, parameterSize: null };
  return { upstreamId, declared: true, ...nothing, quantization: null, sizeBytes: null, loaded: null };
}

const hourOf = (now: Date): Date => new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
