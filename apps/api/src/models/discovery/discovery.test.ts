import { describe, expect, it } from '@jest/globals';
import type { DiscoveredModel, ModelCapability } from '@intrallm/providers';
import { discovered } from '../../../test/support/workspace.js';
import type { Model } from '../model.entity.js';
import { compareConfiguration, compareDiscovery } from './discovery.js';

const HOUR = 3_600_000;
const START = new Date('2026-11-23T10:20:30.000Z');
const PLAIN = { id: 'c', modelPrefix: null, modelAllowlist: [], modelAliases: [], declaredModels: [] };

/** Stores a difference as the database would. */
function store(stored: readonly Model[], rows: readonly Model[]): Model[] {
  const byId = new Map(stored.map((model) => [model.id, model]));
  for (const row of rows) byId.set(row.id, row);
  return [...byId.values()];
}

const NOTHING_CHANGED = { added: [], changed: [], vanished: [] };
const whole = (models: readonly DiscoveredModel[]) => ({ models, isPart: false });

function discover(
  stored: readonly Model[],
  found: readonly DiscoveredModel[],
  now = START,
  configuration: Partial<typeof PLAIN> = {},
) {
  const difference = compareDiscovery(stored, { ...PLAIN, ...configuration }, whole(found), now);
  return { ...difference, stored: store(stored, difference.rows) };
}

describe('a discovery', () => {
  it('that finds other names each time keeps as many vanished ones as a list may have, and tells of all that vanished', () => {
    const named = (prefix: string) =>
      Array.from({ length: 15_000 }, (_, index) => discovered(`${prefix}${String(index)}`));
    const first = discover([], named('a'));
    const second = discover(first.stored, named('b'), new Date(+START + 1_000));
    expect([second.forgotten.length, second.vanished.length, second.rows.length]).toEqual([0, 15_000, 30_000]);
    const third = discover(second.stored, named('c'), new Date(+START + 2_000));
    expect([third.forgotten.length, third.vanished.length, third.rows.length]).toEqual([10_000, 15_000, 30_000]);
    const oldest = new Set(first.stored.map(({ id }) => id));
    expect(third.forgotten.every((id) => oldest.has(id))).toBe(true);
  });

  it('that finds what is known changes nothing, and tells the hour at most', () => {
    const { stored } = discover([], [discovered('a'), discovered('b')]);
    const again = compareDiscovery(
      stored,
      PLAIN,
      whole([discovered('b'), discovered('a'), discovered('a')]),
      new Date(+START + 60_000),
    );
    expect(again).toEqual({ rows: [], forgotten: [], ...NOTHING_CHANGED, modelCount: 2, seenAgainAt: null });
    const nextHour = compareDiscovery(
      stored,
      PLAIN,
      whole([discovered('a'), discovered('b')]),
      new Date(+START + HOUR),
    );
    expect(nextHour).toMatchObject({ rows: [], seenAgainAt: new Date('2026-11-23T11:00:00.000Z') });
  });

  it('marks what is gone, and gives it back its id and its settings when it returns', () => {
    const first = discover([], [discovered('a'), discovered('b')]);
    const set = first.stored.map((model) => ({ ...model, setCapabilities: ['CHAT' as const] }));
    const gone = discover(set, [discovered('b')], new Date(+START + HOUR));
    expect(gone).toMatchObject({ added: [], changed: [], vanished: [first.added[0]], modelCount: 1 });
    const back = discover(gone.stored, [discovered('a'), discovered('b')], new Date(+START + 2 * HOUR));
    expect(back).toMatchObject({ added: [first.added[0]], modelCount: 2 });
    expect(back.rows).toMatchObject([
      { upstreamId: 'a', vanishedAt: null, setCapabilities: ['CHAT'], firstSeenAt: START },
    ]);
  });

  it('of an empty list is a catalogue: everything vanishes', () => {
    const { stored } = discover([], [discovered('a'), discovered('b')]);
    expect(discover(stored, []).vanished).toHaveLength(2);
  });

  it('of a part of a list lets nothing vanish, and adds no more than a whole list could have', () => {
    const declaring = { ...PLAIN, declaredModels: ['own'] } as never;
    const { stored } = discover([], [discovered('a'), discovered('b')], START, declaring);
    const later = new Date(+START + HOUR);
    const part = { models: [discovered('b', { loaded: true }), discovered('c')], isPart: true };
    const found = compareDiscovery(stored, PLAIN, part, later);
    expect(found.rows.map(({ upstreamId, vanishedAt }) => [upstreamId, vanishedAt])).toEqual([
      ['b', null],
      ['own', later],
      ['c', null],
    ]);
    const many = Array.from({ length: 20_000 }, (_unused, index) => discovered(`other-${index}`));
    expect(compareDiscovery(stored, declaring, { models: many, isPart: true }, later).rows).toHaveLength(19_997);
  });

  it.each<[string, Partial<DiscoveredModel>]>([
    ['what it can do', { capabilities: ['CHAT'] }],
    ['that it can do nothing, where nothing was said', { capabilities: [] }],
    ['its context', { contextLength: 8_192 }],
    ['its size', { sizeBytes: 1e10 }],
    ['that it is in memory', { loaded: true }],
    ['who made it', { ownedBy: 'acme' }],
  ])('notices when the endpoint now states %s', (_what, more) => {
    const { stored, added } = discover([], [discovered('a')]);
    expect(discover(stored, [discovered('a', more)]).changed).toEqual(added);
  });

  it('names models by alias and prefix, and hides what the allowlist does not name', () => {
    const configuration = {
      modelPrefix: 'lab',
      modelAllowlist: ['qwen*', 'exact'],
      modelAliases: [{ upstreamId: 'qwen2.5:7b', name: 'qwen' }],
    } as never;
    const found = [discovered('qwen2.5:7b'), discovered('exact'), discovered('exactly'), discovered('other')];
    const { stored, modelCount, added } = discover([], found, START, configuration);
    expect(stored.map(({ name, listed }) => [name, listed])).toEqual([
      ['lab/qwen', true],
      ['lab/exact', true],
      ['lab/exactly', false],
      ['lab/other', false],
    ]);
    expect([modelCount, added.length]).toEqual([2, 2]);
  });

  it('keeps declared models that the endpoint does not list, and only those declared now', () => {
    const declaring = { declaredModels: ['own'] } as never;
    const { stored } = discover([], [discovered('listed'), discovered('stale', { declared: true })], START, declaring);
    expect(stored.map(({ upstreamId, declared }) => [upstreamId, declared])).toEqual([
      ['listed', false],
      ['own', true],
    ]);
    expect(discover(stored, [discovered('listed'), discovered('own')], START, declaring).rows).toMatchObject([
      { upstreamId: 'own', declared: false },
    ]);
  });
});

describe('another configuration', () => {
  it('renames, hides, declares and takes back, and lets a new name count from now', () => {
    const { stored } = discover([], [discovered('a'), discovered('b')]);
    const later = new Date(+START + HOUR);
    const prefixed = compareConfiguration(stored, { ...PLAIN, modelPrefix: 'p' }, later);
    expect(prefixed.rows.map(({ name, namedAt }) => [name, namedAt])).toEqual([
      ['p/a', later],
      ['p/b', later],
    ]);
    const hidden = compareConfiguration(stored, { ...PLAIN, modelAllowlist: ['a'] as never }, later);
    expect(hidden).toMatchObject({ added: [], changed: [], modelCount: 1, vanished: [stored[1]?.id] });
    const declared = compareConfiguration(stored, { ...PLAIN, declaredModels: ['c', 'a'] as never }, later);
    expect(declared.rows).toMatchObject([{ upstreamId: 'c', declared: true, confirmed: true }]);
    const taken = compareConfiguration(store(stored, declared.rows), PLAIN, later);
    expect(taken.rows).toMatchObject([{ upstreamId: 'c', vanishedAt: later }]);
    expect(compareConfiguration(stored, PLAIN, later).rows).toEqual([]);
  });
});

it('whatever is discovered in whatever order, ids stay with their upstream ids and the counts are true', () => {
  const random = createRandom(20_261_123);
  const names = Array.from({ length: 12 }, (_, index) => `model-${index}`);
  const capabilities: ModelCapability[] = ['CHAT', 'TOOLS', 'VISION'];
  for (let run = 0; run < 40; run += 1) {
    let stored: Model[] = [];
    const ids = new Map<string, string>();
    for (let step = 0; step < 25; step += 1) {
      const now = new Date(+START + step * 10 * 60_000);
      const found = names
        .filter(() => random() < 0.6)
        .sort(() => random() - 0.5)
        .map((name) =>
          discovered(name, { capabilities: random() < 0.3 ? null : capabilities.filter(() => random() < 0.5) }),
        );
      const before = new Map(stored.map((model) => [model.upstreamId, model]));
      const result = discover(stored, found, now);
      stored = result.stored;
      for (const { id, upstreamId } of stored) {
        expect(ids.get(upstreamId) ?? id).toBe(id);
        ids.set(upstreamId, id);
      }
      const present = stored.filter((model) => model.vanishedAt === null).map(({ upstreamId }) => upstreamId);
      expect(present.sort()).toEqual(found.map(({ upstreamId }) => upstreamId).sort());
      expect(result.modelCount).toBe(found.length);
      const wasPresent = (id: string) => before.get(id) !== undefined && before.get(id)?.vanishedAt === null;
      expect(result.added).toHaveLength(found.filter(({ upstreamId }) => !wasPresent(upstreamId)).length);
      expect(new Set([...result.added, ...result.changed, ...result.vanished]).size).toBe(result.rows.length);
      expect(discover(stored, found, now).rows).toEqual([]);
    }
  }
});

/** Mulberry32: the same numbers in every run, so that a failure can be looked at again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
