// Brings what type-graphql reads its decorators by.
import 'typeorm';
import { describe, expect, it } from '@jest/globals';
import type { Actor } from '../../auth/actor.js';
import { RoutingTable, type ModelFacts, type RoutedModel, type Server } from '../routing-table.js';
import { toShown } from './model-entry.js';
import { OllamaModelLists } from './model-lists.js';
import { routedName } from './names.js';

const UNKNOWN: ModelFacts = {
  ...{
    statedCapabilities: null,
    setCapabilities: null,
    contextLength: null,
    family: null,
    parameterSize: null,
    quantization: null,
  },
  ...{ sizeBytes: null, loaded: null },
};
const PERSON = { type: 'person' } as Actor;
const bound = (...modelAllowlist: string[]) => ({ type: 'token', modelAllowlist }) as unknown as Actor;

function tableOf(all: Readonly<Record<string, Readonly<Record<string, Partial<ModelFacts>>>>>): RoutingTable {
  const table = new RoutingTable();
  for (const [id, models] of Object.entries(all)) {
    const server = { connection: { id, pool: '' }, status: 'ONLINE', secrets: [] } as unknown as Server;
    const rows = Object.entries(models).map(([name, facts]): RoutedModel => ({
      ...{ id: `${id} ${name}`, connectionId: id, name, upstreamId: name, ownedBy: null },
      ...{ namedAt: new Date('2026-11-02T09:15:27Z'), ...UNKNOWN, ...facts },
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
const read = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { models: Entry[] }).models;

describe('the lists of models', () => {
  it('have every field that clients read, of a model that nothing is known of as well', () => {
    const lists = new OllamaModelLists(tableOf({ one: { m: {} } })).of(PERSON);
    expect(read(lists.tags)).toEqual([
      {
        ...{ name: 'm', model: 'm', modified_at: '2026-11-02T09:15:27.000Z', size: 0 },
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        details: {
          ...{ parent_model: '', format: '', family: '', families: [], parameter_size: '', quantization_level: '' },
        },
        capabilities: ['completion'],
      },
    ]);
    expect(read(lists.running)).toEqual([]);
  });

  it('say of a name what holds for each of its models', () => {
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
    const { tags, running } = new OllamaModelLists(table).of(PERSON);
    expect(read(tags)).toMatchObject([
      { size: 7, capabilities: ['completion', 'tools'], details: { family: 'llama', context_length: 4096 } },
    ]);
    expect(read(running)).toMatchObject([{ name: 'm', context_length: 4096 }]);
    expect(toShown(table.find('m')!).model_info).toEqual({
      ...{ 'general.architecture': 'llama', 'general.basename': 'm', 'llama.context_length': 4096 },
    });
  });

  it('are for the credential, and made again when something changed', () => {
    const table = tableOf({ one: { a: {}, b: {}, 'c/d': {} } });
    const lists = new OllamaModelLists(table);
    const names = (actor: Actor) => read(lists.of(actor).tags).map(({ name }) => name);
    expect([names(PERSON), names(bound('c/*', 'a')), names(bound('x'))]).toEqual([['a', 'b', 'c/d'], ['a', 'c/d'], []]);
    expect(lists.of(PERSON)).toBe(lists.of(PERSON));
    const [before] = read(lists.of(PERSON).tags);
    table.remove('one');
    expect(names(PERSON)).toEqual([]);
    table.put(
      ...([{ connection: { id: 'one', pool: '' } }, [{ ...UNCHANGED, ...UNKNOWN, sizeBytes: 9 }]] as never as [
        Server,
        RoutedModel[],
      ]),
    );
    const [after] = read(lists.of(PERSON).tags);
    expect([after?.name, after?.digest === before?.digest]).toEqual(['a', false]);
  });
});

const UNCHANGED = {
  id: 'one a',
  connectionId: 'one',
  name: 'a',
  upstreamId: 'a',
  namedAt: new Date('2026-11-02T09:15:27Z'),
};

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
