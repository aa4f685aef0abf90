import type { DiscoveredModel, Endpoint, Verification } from '@intrallm/providers';
import { AuditEntry } from '../../src/audit/audit-entry.entity.js';
import type { PersonActor } from '../../src/auth/actor.js';
import { scopesOfRole } from '../../src/auth/scope.js';
import { Connection } from '../../src/connections/connection.entity.js';
import type { ConnectionStatus } from '../../src/connections/connection.types.js';
import { ConnectionHealth } from '../../src/connections/health/connection-health.entity.js';
import type { AddConnection } from '../../src/connections/settings/connection-settings.js';
import { AppError } from '../../src/errors.js';
import type { StoredEvent } from '../../src/events/event-payloads.js';
import { openTestDatabase, type TestDatabase } from './database.js';
import { buildDomains } from './domains.js';
import { FakeProvider, forEveryKind } from './endpoints/fake-provider.js';

/** A signed-in administrator, who gave the password a moment ago unless told otherwise. */
export function admin(authenticatedAt = new Date()): PersonActor {
  const origin = { ip: '203.0.113.7', requestId: 'request-1' };
  const person = { type: 'person' as const, userId: 'user-1', sessionId: 'session-1', label: 'Ada', ...origin };
  return { ...person, scopes: scopesOfRole('ADMIN'), authenticatedAt };
}

export const member = (): PersonActor => ({
  ...admin(),
  userId: 'user-2',
  label: 'Ben',
  scopes: scopesOfRole('MEMBER'),
});

/** A model that an endpoint states nothing of but its id. */
export function discovered(upstreamId: string, more: Partial<DiscoveredModel> = {}): DiscoveredModel {
  const nothing = { ownedBy: null, capabilities: null, contextLength: null, family: null, parameterSize: null };
  return { upstreamId, ...nothing, quantization: null, sizeBytes: null, loaded: null, declared: false, ...more };
}

/** The services of connections and models over a database of their own. */
export async function openWorkspace(options: Parameters<typeof openTestDatabase>[0] = {}) {
  const test = await openTestDatabase(options);
  return { ...test, ...buildWorkspace(test) };
}

export type Workspace = Awaited<ReturnType<typeof openWorkspace>>;

/** The same services once more over an open database, as another process would have them. */
export function buildWorkspace(test: TestDatabase) {
  const tried: Endpoint[] = [];
  let trial: Partial<Verification> = {};
  let answered: Promise<unknown> = Promise.resolve();
  const verify = async (endpoint: Endpoint): Promise<Verification> => {
    tried.push(endpoint);
    await answered;
    return { ...WORKING, ...trial };
  };
  const provider = new FakeProvider();
  const services = buildDomains(test, {}, { providers: { ...forEveryKind(provider), verify } });
  const { catalogue, connections, database, events } = services;
  return {
    ...services,
    /** Endpoints that were verified, and what the next verification is to show. */
    tried,
    answerTrialsWith: (next: Partial<Verification>) => {
      trial = next;
    },
    /** Endpoints that are verified from now on answer when that is done. */
    answerTrialsAfter: (done: Promise<unknown>) => {
      answered = done;
    },
    link: (input: Partial<AddConnection> = {}) =>
      connections.add(admin(), { kind: 'OPENAI', url: 'http://gpu.example.com:8000/v1', ...input }),
    discover: (connection: Connection, found: readonly DiscoveredModel[]) =>
      database.write((write) => catalogue.applyDiscovery(write, connection, found)),
    setStatus: (connectionId: string, status: ConnectionStatus) =>
      database.write(({ manager }) => manager.update(ConnectionHealth, { connectionId }, { status })),
    health: (connectionId: string) => database.read.findOne(ConnectionHealth, { where: { connectionId } }),
    row: (id: string) => database.read.findOne(Connection, { where: { id } }),
    auditEntries: () => database.read.find(AuditEntry, { order: { seq: 'ASC' } }),
    eventsSince: (seq: number): Promise<StoredEvent[]> => events.readAfter(seq, 1_000),
    head: () => events.head(),
  };
}

const WORKING: Verification = {
  status: 'ONLINE',
  latencyMs: 12,
  stages: [{ stage: 'ADDRESS', state: 'PASSED', detail: '192.168.18.49', ms: 1, problem: null }],
  problem: null,
  models: [discovered('llama'), discovered('qwen')],
  serverVersion: null,
  retryAfterMs: null,
  detectedKind: 'OPENAI',
  suggestion: null,
};

/** The error that the work was refused with; fails where it was not refused as an AppError. */
export async function refusal(work: Promise<unknown>): Promise<AppError> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('it was not refused', { cause: outcome });
}

/** The fields that an error names, in their order. */
export const fieldsOf = (error: AppError): string[] => (error.details.issues ?? []).map((issue) => issue.field);
