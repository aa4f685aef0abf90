import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from '@jest/globals';

const direction = 'house/import-directions';
const kindNames = 'house/no-kind-names';
const restricted = '@typescript-eslint/no-restricted-imports';

type Case = readonly [file: string, code: string, rule?: string];

const api = 'apps/api/src';
const admin = 'apps/admin/src';
const providers = 'packages/providers/src';

/** Each breaks one direction or one fence, and is reported by exactly the rule named. */
const forbidden: readonly Case[] = [
  [`${providers}/http.ts`, "import '@intrallm/schema';"],
  [`${providers}/http.ts`, "import '../../schema/src/index.js';"],
  [`${providers}/openai/provider.ts`, "import '@intrallm/api';"],
  [`${providers}/openai/provider.ts`, "import '@intrallm/simulator';"],
  ['packages/simulator/src/simulator.ts', "import '@intrallm/providers';"],
  ['packages/simulator/src/simulator.test.ts', "import '@intrallm/providers';"],
  ['packages/schema/src/index.ts', "import '@intrallm/providers';"],
  ['packages/schema/src/index.ts', "export * from '../../../apps/admin/src/lib/paths.js';"],
  [`${admin}/lib/paths.ts`, "import '@intrallm/providers';"],
  [`${admin}/lib/paths.ts`, "import '@intrallm/api';"],
  [`${api}/models/models.service.ts`, "import '@intrallm/schema';"],
  [`${api}/models/models.service.ts`, "import '@intrallm/admin';"],
  [`${api}/connections/connections.service.ts`, "import '@intrallm/simulator';"],
  [`${api}/main.ts`, "import '@intrallm/simulator';"],
  [`${api}/demo/endpoints.ts`, "import '@intrallm/simulator';"],
  [`${api}/demo.ts`, "import '@intrallm/schema';"],

  [`${api}/app.ts`, "import './main.js';"],
  [`${api}/app.ts`, "import './demo.js';"],
  [`${api}/graphql/schema.ts`, "import '../app.js';"],
  [`${api}/http/server.ts`, "import '../app.js';"],
  [`${api}/connections/connections.resolver.ts`, "import '../graphql/context.js';"],
  [`${api}/gateway/routes.ts`, "import '../http/server.js';"],
  [`${api}/database/database.ts`, "import '../audit/ledger.js';"],
  [`${api}/events/event-log.ts`, "import '../connections/connection.entity.js';"],
  [`${api}/secrets/vault.ts`, "import '../auth/actor.js';"],
  [`${api}/errors.ts`, "import './database/database.js';"],
  [`${api}/lib/date-time.ts`, "import '../auth/actor.js';"],
  [`${api}/metrics/labelled-counter.ts`, "import '../http/metrics.js';"],
  [`${api}/config.ts`, "import './secrets/vault.js';"],
  [`${api}/log/logger.ts`, "import '../events/event-log.js';"],

  [`${api}/models/models.service.ts`, "import '../monitor/monitor.js';"],
  [`${api}/models/models.service.ts`, "import '../gateway/routing.js';"],
  [`${api}/models/models.service.ts`, "import '../usage/usage.service.js';"],
  [`${api}/connections/connections.service.ts`, "import '../models/models.service.js';"],
  [`${api}/auth/users.service.ts`, "import '../connections/connections.service.js';"],
  [`${api}/audit/audit.service.ts`, "import '../models/models.service.js';"],
  [`${api}/monitor/monitor.ts`, "import '../gateway/routing.js';"],
  [`${api}/gateway/routing.ts`, "import '../monitor/monitor.js';"],
  [`${api}/usage/usage.service.ts`, "import '../monitor/monitor.js';"],
  [`${api}/nowhere/thing.ts`, "import '../errors.js';"],
  [`${api}/connections/connections.service.ts`, "import '../../test/support/database.js';"],

  [`${admin}/features/connections/page.tsx`, "import '../sign-in/page.js';"],
  [`${admin}/features/connections/page.tsx`, "import '../../app/router.js';"],
  [`${admin}/lib/paths.ts`, "import '../features/connections/page.js';"],
  [`${admin}/components/status-dot.tsx`, "import '../features/connections/page.js';"],
  [`${admin}/components/status-dot.tsx`, "import '../app/router.js';"],

  // Types, re-exports and late imports are imports too.
  [`${api}/connections/connections.service.ts`, "import type { Model } from '../models/model.entity.js';"],
  [`${api}/connections/connections.service.ts`, "export { Model } from '../models/model.entity.js';"],
  [`${api}/connections/connections.service.ts`, "await import('../models/model.entity.js');"],
  [`${api}/connections/connections.service.ts`, "export type M = import('../models/model.entity.js').Model;"],

  [`${api}/models/models.service.ts`, "export const home = process.env['HOME'];", 'no-restricted-properties'],
  [`${providers}/http.ts`, "import { env } from 'node:process';", restricted],
  [`${api}/monitor/monitor.ts`, "import { request } from 'undici';", restricted],
  [`${api}/monitor/monitor.ts`, "import { request } from 'node:https';", restricted],
  [`${api}/monitor/monitor.ts`, "import { connect } from 'node:tls';", restricted],
  [`${api}/monitor/monitor.ts`, "await fetch('http://127.0.0.1');", 'no-restricted-globals'],
  [`${providers}/openai/provider.ts`, "import { fetch } from 'undici';", restricted],
  [`${api}/models/models.service.ts`, "import { GraphQLError } from 'graphql';", restricted],
  [`${api}/models/models.service.ts`, "import Fastify from 'fastify';", restricted],
  [`${api}/models/models.service.ts`, "console.log('here');", 'no-console'],
  [`${api}/models/models.service.ts`, 'export const anything = 1 as any;', '@typescript-eslint/no-explicit-any'],
  [`${api}/models/models.service.ts`, 'export const row = { ...{ name: 1 }, id: 2 };', 'house/no-literal-spread'],
  [`${api}/models/models.service.ts`, 'export const rows = [...[1, 2], 3];', 'house/no-literal-spread'],

  [`${api}/gateway/routes.ts`, "export const is = (kind: string) => kind === 'OLLAMA';", kindNames],
  [`${api}/gateway/routes.ts`, "export const is = (kind: string) => 'OPENAI' !== kind;", kindNames],
  [`${api}/gateway/routes.ts`, "switch (String(process.argv)) { case 'OLLAMA': }", kindNames],
  [`${admin}/lib/paths.ts`, "export const is = (kind: string) => ['OLLAMA'].includes(kind);", kindNames],
  [`${admin}/features/connections/page.tsx`, "export const titles = { OLLAMA: 'Ollama' };", kindNames],
  [
    `${admin}/features/connections/page.tsx`,
    'export const first = (by: Record<string, string>) => by.OPENAI;',
    kindNames,
  ],
  [`${providers}/http.ts`, "export const first = (by: Record<string, string>) => by['OPENAI'];", kindNames],
];

/** What the table allows, so that a rule which refuses everything does not pass for a good one. */
const allowed: readonly Case[] = [
  [`${admin}/lib/session.ts`, "import '@intrallm/schema';"],
  [`${admin}/app/router.tsx`, "import '../features/connections/page.js';"],
  [
    `${admin}/features/connections/page.tsx`,
    "import './row.js'; import '../../lib/paths.js'; import '../../components/dot.js';",
  ],
  [`${admin}/main.tsx`, "import './app/router.js';"],
  [`${api}/main.ts`, "import './app.js'; import './config.js';"],
  [`${api}/demo.ts`, "import '@intrallm/simulator'; import './app.js';"],
  [`${api}/app.ts`, "import './graphql/schema.js'; import './http/server.js'; import './monitor/monitor.js';"],
  [`${api}/graphql/schema.ts`, "import '../models/models.resolver.js'; import '../database/database.js';"],
  [
    `${api}/monitor/monitor.ts`,
    "import '../models/models.service.js'; import '../connections/connections.service.js';",
  ],
  [
    `${api}/models/models.service.ts`,
    "import '../connections/connections.service.js'; import '../audit/audit.service.js';",
  ],
  [
    `${api}/connections/connections.service.ts`,
    "import '@intrallm/providers'; import '../auth/actor.js'; import '../errors.js';",
  ],
  [`${api}/models/models.service.ts`, 'export const copy = (row: object) => ({ ...row, id: 2 });'],
  [`${api}/models/models.service.ts`, "export const sample = { kind: 'OLLAMA', state: 'x' === 'y' };"],
  [`${api}/models/models.service.test.ts`, "export const is = (kind: string) => kind === 'OLLAMA';"],
  [`${providers}/ollama/provider.ts`, "export const is = (kind: string) => kind === 'OLLAMA';"],
  [`${providers}/kinds/adapters.ts`, 'export const adapters = { OLLAMA: 1, OPENAI: 2 };'],
  [`${admin}/lib/kinds.ts`, 'export const kinds = { OLLAMA: 1, OPENAI: 2 };'],
  [`${api}/config.ts`, "export const home = process.env['HOME'];"],
  [`${api}/gateway/dispatch.ts`, "import { Agent } from 'undici';"],
  [`${providers}/http.ts`, "import { request } from 'undici';"],
  [`${providers}/http.test.ts`, "import '@intrallm/simulator';"],
  [`${api}/http/server.ts`, "import type { IncomingMessage } from 'node:http';"],
  ['apps/api/test/chat.test.ts', "import '@intrallm/simulator'; import '@intrallm/schema'; import '../src/app.js';"],
  [
    `${api}/connections/connections.service.test.ts`,
    "import '../models/models.service.js'; import '../../test/support/database.js';",
  ],
];

const root = join(import.meta.dirname, '..');

async function lint(cases: readonly Case[]): Promise<string[][]> {
  const child = spawn(process.execPath, [join(root, 'tools/lint/lint-snippets.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(cases.map(([file, code]) => ({ file, code }))));
  return (await json(child.stdout)) as string[][];
}

describe('the linter', () => {
  let found: string[][] = [];

  beforeAll(async () => {
    found = await lint([...forbidden, ...allowed]);
  }, 240_000);

  it.each(
    forbidden.map((entry, index): [string, string, string, number] => [
      entry[0],
      entry[1],
      entry[2] ?? direction,
      index,
    ]),
  )('refuses in %s: %s (%s)', (_file, _code, rule, index) => {
    expect(found[index]).toEqual([rule]);
  });

  it.each(allowed.map((entry, index): [string, string, number] => [entry[0], entry[1], forbidden.length + index]))(
    'allows in %s: %s',
    (_file, _code, index) => {
      expect(found[index]).toEqual([]);
    },
  );
});
