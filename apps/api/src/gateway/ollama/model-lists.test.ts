// Brings what type-graphql reads its decorators by.
import 'typeorm';
import { describe, expect, it } from '@jest/globals';
import type { Actor } from '../../auth/actor.js';
import { RoutingTable, type ModelFacts, type RoutedModel, type Server } from '../routing/routing-table.js';
import { toShown } from './model-entry.js';
import { OllamaModelLists } from './model-lists.js';
import { routedName } from './names.js';

const UNKNOWN: ModelFacts = {
  statedCapabilities: null,
  setCapabilities: null,
  contextLength: null,
  family: null,
  parameterSize: null,
  quantization: null,
  sizeBytes: null,
  loaded: null,
  file: null,
};
const PERSON = { type: 'person' } as Actor;
const bound = (...modelAllowlist: string[]) => ({ type: 'token', modelAllowlist }) as unknown as Actor;

function tableOf(all: Readonly<Record<string, Readonly<Record<string, Partial<ModelFacts>>>>>): RoutingTable {
  const table = new RoutingTable();
  for (const [id, models] of Object.entries(all)) {
    const server = { connection: { id, pool: '' }, status: 'ONLINE', secrets: [] } as unknown as Server;
    const rows = Object.entries(models).map(([name, facts]): RoutedModel => ({
      id: `${id} ${name}`,
      connectionId: id,
      name,
      upstreamId: name,
      ownedBy: null,
      namedAt: new Date('2026-11-02T09:15:27Z'),
      ...UNKNOWN,
      ...facts,
    }));
    table.put(server, rows);
  }
  return table;
}

interface Entry {
  readonly name: string;
  readonly digest: string;
  readonly capabilities: readonly string[];
  readonly details: { readonly context_length?: number };
}
const NOTHING_LOADED = { find: () => null };
async function listsOf(table: RoutingTable) {
  const lists = new OllamaModelLists(table, NOTHING_LOADED);
  return { tags: await lists.tags(PERSON), running: await lists.running(PERSON) };
}
const read = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { models: Entry[] }).models;

describe('the lists of models', () => {
  it('have every field that clients read, of a model that nothing is known of as well', async () => {
    const lists = await listsOf(tableOf({ one: { m: {} } }));
    expect(read(lists.tags)).toEqual([
      {
        name: 'm',
        model: 'm',
        modified_at: '2026-11-02T09:15:27.000Z',
        size: 0,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        details: {
          parent_model: '',
          format: 'unknown',
          family: 'unknown',
          families: ['unknown'],
          parameter_size: 'unknown',
          quantization_level: 'unknown',
        },
        capabilities: ['completion'],
      },
    ]);
    expect(read(lists.running)).toEqual([]);
  });

  it('say of a name what holds for each of its models', async () => {
    const table = tableOf({
      one: { m: { statedCapabilities: '["CHAT","COMPLETION"]', contextLength: 8192, sizeBytes: 7, loaded: false } },
      two: {
        m: {
          statedCapabilities: '["IMAGE"]',
          setCapabilities: '["CHAT","TOOLS","RERANK"]',
          contextLength: 4096,
          family: 'llama',
          loaded: true,
        },
      },
      three: { m: {} },
    });
    const { tags, running } = await listsOf(table);
    expect(read(tags)).toMatchObject([
      { size: 7, capabilities: ['completion', 'tools'], details: { family: 'llama', context_length: 4096 } },
    ]);
    expect(read(running)).toMatchObject([{ name: 'm', context_length: 4096 }]);
    expect(toShown(table.find('m')!).model_info).toEqual({
      'general.architecture': 'llama',
      'general.basename': 'm',
      'llama.context_length': 4096,
    });
  });

  it('are for the credential, and made again when something changed', async () => {
    const table = tableOf({ one: { a: {}, b: {}, 'c/d': {} } });
    const lists = new OllamaModelLists(table, NOTHING_LOADED);
    const names = async (actor: Actor) => read(await lists.tags(actor)).map(({ name }) => name);
    expect([await names(PERSON), await names(bound('c/*', 'a')), await names(bound('x'))]).toEqual([
      ['a', 'b', 'c/d'],
      ['a', 'c/d'],
      [],
    ]);
    expect(await lists.tags(PERSON)).toBe(await lists.tags(PERSON));
    table.remove('one');
    expect(await names(PERSON)).toEqual([]);
  });

  it('tell of an instance what it tells: format, lengths and the digest of the weights', async () => {
    const file = JSON.stringify({ digest: 'ab'.repeat(32), format: 'gguf', embeddingLength: 640 });
    const { tags } = await listsOf(tableOf({ one: { m: { file, family: 'gemma3' } } }));
    expect(read(tags)).toMatchObject([
      { digest: 'ab'.repeat(32), details: { format: 'gguf', family: 'gemma3', embedding_length: 640 } },
    ]);
  });

  it('keep the digest of a name while it is loaded, resized or said to do more', async () => {
    const digestOf = async (facts: Partial<ModelFacts>) =>
      read((await listsOf(tableOf({ one: { m: facts } }))).tags)[0]?.digest;
    const plain = await digestOf({});
    expect(await digestOf({ loaded: true, contextLength: 4_096, sizeBytes: 9, statedCapabilities: '["CHAT"]' })).toBe(
      plain,
    );
  });

  it('say until when a model is in memory and how much of it, and leave out what has expired', async () => {
    const table = tableOf({ one: { m: { loaded: true, sizeBytes: 7 }, n: { loaded: true } }, two: { m: {} } });
    const inMemory = { sizeBytes: 900, vramBytes: 300, expiresAt: '2026-11-02T10:00:00+01:00' };
    const find = (id: string, name: string) => (id === 'one' && name === 'm' ? inMemory : null);
    const at = async (now: string) =>
      read(await new OllamaModelLists(table, { find }, () => Date.parse(now)).running(PERSON));
    expect(await at('2026-11-02T08:59:59Z')).toMatchObject([
      { name: 'm', size: 900, size_vram: 300, expires_at: '2026-11-02T10:00:00+01:00' },
      { name: 'n', size: 0, size_vram: 0, expires_at: '9999-12-31T23:59:59Z' },
    ]);
    expect((await at('2026-11-02T09:00:01Z')).map(({ name }) => name)).toEqual(['n']);
  });
});

it.each([
  ['llama3', 'llama3:latest'],
  ['llama3:latest', 'llama3:latest'],
  ['llama3:8b', 'llama3:8b'],
  ['gpt:latest', 'gpt'],
  ['both', 'both'],
  ['both:latest', 'both:latest'],
  ['host:5000/m', 'host:5000/m:latest'],
  ['nobody', 'nobody'],
  ['gpt:7b', 'gpt:7b'],
])('the name %s is routed as %s', (name, wanted) => {
  const table = tableOf({
    one: { 'llama3:latest': {}, gpt: {}, both: {}, 'both:latest': {}, 'host:5000/m:latest': {} },
  });
  expect(routedName(table, name)).toBe(wanted);
});
