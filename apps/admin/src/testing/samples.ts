import type {
  ConnectionDetails_healthFragment,
  ConnectionDetails_modelFragment,
  ConnectionEditor_connectionFragment,
  VerifyConnectionMutation,
} from '@intrallm/schema';

type Stored = ConnectionEditor_connectionFragment & { __typename: 'Connection'; createdAt: string };
type Verification = VerifyConnectionMutation['verifyConnection'];

/** A stored connection with a key, one plain header and one secret one. */
export function sampleConnection(more: Partial<Stored> = {}): Stored {
  return {
    __typename: 'Connection',
    id: 'c1',
    kind: 'OPENAI',
    name: 'vLLM · rack 4',
    url: 'http://192.168.18.49:8000/v1',
    enabled: true,
    hasApiKey: true,
    keyState: 'STORED',
    apiKeyPreview: '••••••••4f2a',
    auth: 'BEARER',
    headers: [
      { name: 'x-team', value: 'research', secret: false },
      { name: 'x-gateway-token', value: null, secret: true },
    ],
    modelPrefix: null,
    modelAllowlist: [],
    declaredModels: [],
    modelAliases: [],
    countStreamTokens: true,
    pool: '',
    tags: ['rack'],
    priority: 0,
    weight: 1,
    maxInFlight: null,
    firstByteTimeoutMs: null,
    idleTimeoutMs: 30_000,
    allowKeepAlive: false,
    maxContextLength: null,
    managedBy: 'ADMIN',
    version: 3,
    createdAt: '2026-11-01T10:00:00.000Z',
    updatedAt: '2026-11-23T10:00:00.000Z',
    ...more,
  };
}

/** A check that went well: two models, the key accepted. */
export function sampleVerification(more: Partial<Verification> = {}): Verification {
  return {
    ok: true,
    status: 'ONLINE',
    latencyMs: 18,
    stages: [
      { stage: 'ADDRESS', state: 'PASSED', detail: '192.168.18.49', ms: 0.3, problem: null },
      { stage: 'CONNECT', state: 'PASSED', detail: null, ms: 1.2, problem: null },
      { stage: 'TLS', state: 'SKIPPED', detail: 'plain http', ms: null, problem: null },
      { stage: 'AUTH', state: 'PASSED', detail: null, ms: null, problem: null },
      { stage: 'CATALOGUE', state: 'PASSED', detail: '2 models', ms: 18, problem: null },
    ],
    problem: null,
    detectedKind: 'OPENAI',
    suggestion: null,
    warnings: [],
    modelNames: ['qwen2.5:7b', 'llama3:8b'],
    sharedNames: [],
    ...more,
  };
}

type StoredModel = ConnectionDetails_modelFragment & { __typename: 'Model' };

/** A model of which its endpoint tells next to nothing. */
export function sampleModel(more: Partial<StoredModel> = {}): StoredModel {
  return {
    __typename: 'Model',
    id: 'm0',
    name: 'qwen2.5:7b',
    upstreamId: 'qwen2.5:7b',
    ownedBy: null,
    capabilities: null,
    contextLength: null,
    family: null,
    parameterSize: null,
    quantization: null,
    sizeBytes: null,
    loaded: null,
    available: true,
    shadowed: false,
    vanishedAt: null,
    ...more,
  };
}

type Health = ConnectionDetails_healthFragment & { __typename: 'ConnectionHealth' };

/** The health of a connection that was checked once, and answered. */
export function sampleHealth(more: Partial<Health> = {}): Health {
  const at = '2026-11-23T10:00:00.000Z';
  return {
    __typename: 'ConnectionHealth',
    status: 'ONLINE',
    since: at,
    checking: false,
    checkedAt: at,
    nextCheckAt: null,
    latencyMs: 18,
    uptime24h: 1,
    serverVersion: null,
    problem: null,
    // With its type: the cache keeps the fields of a fragment only where it knows the type.
    stages: sampleVerification().stages.map((stage) => ({ __typename: 'StageResult', ...stage })),
    timeline: [{ from: '2026-11-23T09:30:00.000Z', to: at, worst: 'ONLINE', upShare: 1, p50LatencyMs: 18 }],
    transitions: [{ at, status: 'ONLINE', problem: null }],
    ...more,
  };
}
