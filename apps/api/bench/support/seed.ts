import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { domains } from '../../src/app/domains.js';
import { ChainedLedger } from '../../src/audit/ledger.js';
import { Connection } from '../../src/connections/connection.entity.js';
import { ConnectionHealth } from '../../src/connections/health/connection-health.entity.js';
import { unknownHealth } from '../../src/connections/health/health-transition.js';
import { Database } from '../../src/database/database.js';
import { createLogger } from '../../src/log/logger.js';
import { Model } from '../../src/models/model.entity.js';
import { generateMasterKey, SecretBox } from '../../src/secrets/secret-box.js';

const CHUNK = 500;

/** Fills a database that the product has made with connections at these URLs, never checked, and models of each. */
export async function seed(data: string, urls: readonly string[], modelsEach: number): Promise<void> {
  mkdirSync(data, { recursive: true });
  const database = await Database.open({
    database: { kind: 'sqlite', file: path.join(data, 'intrallm.db') },
    entities: domains.entities,
    ledger: new ChainedLedger(new SecretBox([generateMasterKey()])),
    announce: () => undefined,
    logger: createLogger({ level: 'warn' }),
  });
  try {
    const now = new Date();
    const connections = urls.map((url, index) => newConnection(url, index, now));
    await database.write(async ({ manager }) => {
      for (const some of chunks(connections)) {
        await manager.insert(Connection, some);
        await manager.insert(
          ConnectionHealth,
          some.map((connection) => unknownHealth(connection, now)),
        );
      }
      const models = connections.flatMap(({ id }, index) =>
        Array.from({ length: modelsEach }, (_, n) => newModel(id, `organisation-${index}/model-${n}-instruct`, now)),
      );
      for (const some of chunks(models)) await manager.insert(Model, some);
    });
  } finally {
    await database.close();
  }
}

function* chunks<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += CHUNK) yield all.slice(start, start + CHUNK);
}

function newConnection(url: string, index: number, now: Date): Connection {
  const name = `Endpoint ${String(index).padStart(4, '0')}`;
  const nothing = { modelPrefix: null, maxInFlight: null, firstByteTimeoutMs: null, idleTimeoutMs: null };
  return {
    ...nothing,
    id: randomUUID(),
    kind: 'OPENAI',
    name,
    nameKey: name.toLowerCase(),
    nameIsDefault: false,
    url,
    enabled: true,
    auth: 'NONE',
    headers: [],
    apiKeyPreview: null,
    modelAllowlist: [],
    declaredModels: [],
    modelAliases: [],
    countStreamTokens: false,
    allowKeepAlive: false,
    maxContextLength: null,
    pool: '',
    tags: [],
    priority: 0,
    weight: 1,
    managedBy: 'ADMIN',
    managedKey: null,
    enabledUntilGone: null,
    version: 1,
    endpointRevision: 1,
    createdAt: now,
    updatedAt: now,
    removedAt: null,
  };
}

function newModel(connectionId: string, upstreamId: string, now: Date): Model {
  const nothing = { statedCapabilities: null, setCapabilities: null, family: null, parameterSize: null };
  return {
    ...nothing,
    id: randomUUID(),
    connectionId,
    upstreamId,
    name: upstreamId,
    listed: true,
    ownedBy: 'vllm',
    contextLength: 32_768,
    quantization: null,
    sizeBytes: null,
    loaded: null,
    file: null,
    declared: false,
    confirmed: true,
    namedAt: now,
    firstSeenAt: now,
    lastSeenAt: now,
    vanishedAt: null,
  };
}
