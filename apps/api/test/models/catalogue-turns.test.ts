import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { longestStretch, threadCpuMs } from '@intrallm/simulator';
import { Connection } from '../../src/connections/connection.entity.js';
import { OllamaModelLists } from '../../src/gateway/ollama/model-lists.js';
import { ModelList } from '../../src/gateway/openai/model-list.js';
import { RoutingService } from '../../src/gateway/routing/routing.service.js';
import { createLogger } from '../../src/log/logger.js';
import { admin, discovered, openWorkspace, type Workspace } from '../support/workspace.js';

const MODELS = 20_000;
/**
 * Of CPU between two turns of the loop, in milliseconds; 50 are meant. It is that of the whole process, with the
 * collector of memory and Jest in it.
 */
const STRETCH_MS = 150;

let workspace: Workspace;
let connection: Connection;

beforeAll(async () => {
  workspace = await openWorkspace();
  const { id } = await workspace.connections.add(admin(), { kind: 'OPENAI', url: 'http://a:1/v1' });
  connection = (await workspace.database.read.findOneBy(Connection, { id }))!;
});

afterAll(() => workspace.close());

const list = (contextLength: number | null = null) =>
  Array.from({ length: MODELS }, (_unused, index) => discovered(`vendor/model-${index}`, { contextLength }));

/** The longest stretch of CPU between two turns of the event loop while the work is done, and all of it. */
async function cpuOf<T>(work: () => Promise<T>): Promise<{ result: T; longest: number; total: number }> {
  const start = threadCpuMs();
  const { result, ms } = await longestStretch(work);
  return { result, longest: ms, total: threadCpuMs() - start };
}

it('a discovery of 20,000 models, one that changes all, and one that changes nothing hold nobody up', async () => {
  const first = await cpuOf(() => workspace.discover(connection, list()));
  expect(first.result).toMatchObject({ modelCount: MODELS, changed: [] });
  const changed = await cpuOf(() => workspace.discover(connection, list(8_192)));
  expect(changed.result.changed).toHaveLength(MODELS);
  const same = await cpuOf(() => workspace.discover(connection, list(8_192)));
  expect(same.result).toEqual({ added: [], changed: [], vanished: [], modelCount: MODELS });
  const gone = await cpuOf(() => workspace.discover(connection, []));
  expect(gone.result.vanished).toHaveLength(MODELS);
  const back = await cpuOf(() => workspace.discover(connection, list(8_192)));
  expect(back.result.added).toHaveLength(MODELS);
  for (const { longest } of [first, changed, same, gone, back]) expect(longest).toBeLessThan(STRETCH_MS);
  expect(same.total).toBeLessThan(changed.total / 4);
}, 180_000);

it('the gateway takes them up and lists them, with nobody held up', async () => {
  const tail = { on: () => () => undefined };
  const logger = createLogger({ level: 'silent', destination: { write: () => undefined } });
  const routing = new RoutingService({ database: workspace.database, tail, logger });
  const started = await cpuOf(() => routing.start());
  expect(routing.table.names).toHaveLength(MODELS);
  const person = admin();
  const openai = await cpuOf(() => new ModelList(routing.table).all(person));
  expect((JSON.parse(openai.result.bytes.toString()) as { data: unknown[] }).data).toHaveLength(MODELS);
  const ollama = await cpuOf(() => new OllamaModelLists(routing.table, routing.inMemory).tags(person));
  expect((JSON.parse(ollama.result.toString()) as { models: unknown[] }).models).toHaveLength(MODELS);
  for (const { longest } of [started, openai, ollama]) expect(longest).toBeLessThan(STRETCH_MS);
  await routing.stop();
}, 60_000);
