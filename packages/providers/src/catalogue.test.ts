import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { profiles, startSimulator, type Simulator } from '@intrallm/simulator';
import { createOutboundClient, createProviders, type OutboundClient, type Providers } from './index.js';
import type { AuthScheme, CheckStatus, DiscoveredModel, Endpoint, ProblemCode, StageState } from './provider.js';

interface Expected {
  /** Default: ONLINE. */
  readonly status?: CheckStatus;
  readonly problem?: ProblemCode;
  /** Part of the problem's message: the endpoint's own words. */
  readonly words?: string;
  /** Default: SKIPPED, no key being given. */
  readonly key?: StageState;
  /**
   * "id | capabilities | context | loaded", the first ones; with the count of all. Null: the catalogue was not read.
   */
  readonly models: readonly [count: number, ...first: string[]] | null;
  readonly version?: string;
  /** Path and kind of the suggested address. */
  readonly suggestion?: string;
}

interface Given {
  readonly auth?: AuthScheme;
  readonly apiKey?: string;
  /** The key that the server wants, where its profile has none of its own. */
  readonly demanded?: string;
  readonly headers?: Endpoint['headers'];
  readonly declaredModels?: readonly string[];
}

const KEY = 'sk-simulated-0123456789';
const RECORDED_KEY = 'sk-local-llama-0123456789';
const OLLAMA = [
  4,
  'llama3.2:latest | CHAT COMPLETION TOOLS | 4096 | true',
  'gemma3:4b | CHAT COMPLETION VISION | 131072 | false',
  'qwen3:8b | CHAT COMPLETION TOOLS THINKING | 40960 | false',
  'nomic-embed-text:latest | EMBEDDING | 2048 | false',
] as const;
const ollama: Expected = { models: OLLAMA, version: '0.33.0' };
const recordedOllama: Expected = { models: [1, 'gemma3:270m | CHAT COMPLETION | 4096 | true'], version: '0.24.9' };
const recordedLlama: Expected = {
  key: 'PASSED',
  models: [1, 'gemma-3-270m | CHAT COMPLETION | 2048 | -'],
  version: 'llama.cpp',
};
const guarded: Expected = { key: 'PASSED', models: [1, 'guarded-model | - | - | -'] };
const failing = (problem: ProblemCode, words?: string): Expected => ({
  status: 'OFFLINE',
  problem,
  models: null,
  ...(words === undefined ? {} : { words }),
});
const refused = (problem: ProblemCode, words?: string): Expected => ({
  ...failing(problem, words),
  status: 'UNAUTHORIZED',
  key: 'FAILED',
});
const withoutList: Expected = { status: 'DEGRADED', problem: 'NO_MODEL_LIST', key: 'UNPROVEN', models: null };
const loading: Expected = { status: 'DEGRADED', problem: 'LOADING', words: 'Loading model', models: null };

const CASES: Readonly<Record<string, readonly [Expected, Given?]>> = {
  M01: [{ models: [7, 'gpt-4o-mini | - | - | -', 'gpt-4o | - | - | -', 'text-embedding-3-small | - | - | -'] }],
  M02: [
    {
      models: [
        3,
        'Qwen/Qwen2.5-7B-Instruct | - | 32768 | -',
        'meta-llama/Llama-3.1-8B-Instruct | - | 131072 | -',
        'sql-lora | - | 32768 | -',
      ],
      version: 'vLLM 0.19.1',
    },
  ],
  M03: [{ models: [1, 'meta/llama-3.1-8b-instruct | - | 8192 | -'] }],
  M04: [{ models: [1, 'Qwen/Qwen3-8B | - | 40960 | -'] }],
  M05: [{ models: [1, 'gemma-3-270m | CHAT COMPLETION | 2048 | -'], version: 'llama.cpp' }],
  M06: [{ models: [1, '/models/My Models/gemma-3-270m-Q4_K_M.gguf | CHAT COMPLETION | - | -'], version: 'llama.cpp' }],
  M07: [loading],
  M08: [{ models: [1, 'gemma-3-270m | CHAT COMPLETION | 2048 | -'], version: 'llama.cpp' }],
  M09: [{ models: [1, 'HuggingFaceH4/zephyr-7b-beta | - | 4096 | -'], version: 'text-generation-inference 3.3.5' }],
  M10: [
    {
      models: [
        3,
        'llama-3.2-3b-instruct | CHAT COMPLETION | 131072 | false',
        'qwen2-vl-7b-instruct | CHAT COMPLETION VISION | 32768 | false',
        'text-embedding-nomic-embed-text-v1.5 | EMBEDDING | 2048 | false',
      ],
      version: 'LM Studio',
    },
  ],
  M11: [{ models: [3, 'llama-3.2-3b-instruct | CHAT COMPLETION TOOLS | 4096 | true'], version: 'LM Studio' }],
  M12: [{ models: [2, 'gpt-4 | CHAT COMPLETION VISION | - | -', 'bert-embeddings | EMBEDDING | - | -'] }],
  M13: [{ models: [2, 'gpt-4 | CHAT COMPLETION VISION | - | -'] }],
  M14: [{ models: [0] }],
  M15: [{ status: 'DEGRADED', problem: 'NO_MODEL_LIST', models: [0] }],
  M16: [
    {
      models: [
        17,
        'anthropic/claude-sonnet-4.5 | CHAT VISION TOOLS | 1000000 | -',
        'google/gemini-2.5-flash | CHAT VISION TOOLS AUDIO | 1048576 | -',
        'openai/gpt-4o-mini | CHAT VISION TOOLS | 128000 | -',
        'deepseek/deepseek-r1 | CHAT THINKING | 163840 | -',
      ],
    },
  ],
  M17: [
    {
      models: [
        3,
        'meta-llama/Llama-3.3-70B-Instruct-Turbo | CHAT | 131072 | -',
        'black-forest-labs/FLUX.1-schnell | IMAGE | - | -',
        'BAAI/bge-large-en-v1.5 | EMBEDDING | 512 | -',
      ],
    },
  ],
  M18: [{ models: [1, 'llama-3.3-70b-versatile | - | 131072 | -'] }],
  M19: [
    {
      models: [
        3,
        'mistral-large-2512 | CHAT VISION TOOLS | 131072 | -',
        'mistral-large-latest | CHAT VISION TOOLS | 131072 | -',
        'mistral-embed |  | 32768 | -',
      ],
    },
  ],
  M20: [{ models: [2, 'deepseek-chat | - | - | -', 'deepseek-reasoner | - | - | -'] }],
  M21: [{ models: [2, 'grok-4 | CHAT VISION | - | -'] }],
  M22: [{ models: [2, 'models/gemini-2.5-flash | - | - | -'] }],
  M23: [
    { key: 'PASSED', models: [3, 'claude-opus-4-5 | CHAT VISION | 200000 | -'] },
    { auth: 'X_API_KEY', apiKey: KEY, demanded: KEY },
  ],
  M24: [{ ...withoutList }],
  M25: [{ models: [1, 'gpt-4o-2024-11-20 | - | - | -'] }],
  M26: [
    {
      models: [
        2,
        'accounts/fireworks/models/deepseek-v3p1 | CHAT | 163840 | -',
        'accounts/fireworks/models/flux-1-dev |  | - | -',
      ],
    },
  ],
  M27: [withoutList],
  M27b: [{ ...withoutList, models: [1, 'MiniMax-M2.5 | - | - | -'] }, { declaredModels: ['MiniMax-M2.5'] }],
  M28: [withoutList],
  M29: [{ models: [2, 'gpt-4o | - | - | -', 'Phi-4 | - | - | -'] }],
  M30: [{ models: [1, 'OpenVINO/Phi-3.5-mini-instruct-int4-ov | - | - | -'] }],
  M31: [{ models: [0], version: '0.33.0' }],
  M32: [{ ...failing('NOT_JSON', 'a web page'), suggestion: 'OPENAI /v1' }],
  O01: [ollama],
  O02: [ollama],
  O03: [
    {
      version: '0.6.8',
      models: [
        4,
        'llama3.2:latest | CHAT COMPLETION TOOLS | 4096 | true',
        'gemma3:4b | CHAT COMPLETION VISION | 8192 | false',
        'qwen3:8b | CHAT COMPLETION TOOLS THINKING | 8192 | false',
      ],
    },
  ],
  O04: [{ ...ollama, models: [4, 'llama3.2:latest | CHAT COMPLETION TOOLS | 8192 | true'] }],
  O05: [ollama],
  O06: [ollama],
  O12: [ollama],
  O15: [ollama],
  O16: [
    { ...ollama, key: 'PASSED', models: [5, 'gpt-oss:120b-cloud | CHAT COMPLETION | 131072 | false'] },
    { auth: 'BEARER', apiKey: 'ollama-simulated-key' },
  ],
  O17: [
    { ...ollama, models: [3, 'hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M | CHAT COMPLETION | 131072 | false'] },
  ],
  O18: [{ status: 'DEGRADED', problem: 'SLOW', models: [4, 'llama3.2:latest | CHAT COMPLETION TOOLS | 131072 | -'] }],
  L01: [loading],
  L02: [recordedLlama, { auth: 'BEARER', apiKey: RECORDED_KEY }],
  L03: [refused('UNAUTHORIZED', 'Invalid API Key'), { auth: 'BEARER', apiKey: 'wrong' }],
  L04: [refused('UNAUTHORIZED', 'Invalid API Key')],
  L05: [recordedOllama],
  L06: [{ models: [0], version: '0.24.9' }],
  L07: [recordedOllama],
  L08: [recordedOllama],
  L09: [recordedOllama],
  L10: [recordedOllama],
  L11: [recordedOllama],
  A01: [
    { ...guarded, key: 'UNPROVEN' },
    { auth: 'BEARER', apiKey: KEY },
  ],
  A02: [guarded, { auth: 'BEARER', apiKey: KEY }],
  A03: [guarded, { auth: 'API_KEY', apiKey: KEY }],
  A04: [guarded, { auth: 'X_API_KEY', apiKey: KEY }],
  A05: [guarded, { auth: 'BASIC', apiKey: 'user:pass:word' }],
  A06: [guarded, { auth: 'BEARER', apiKey: KEY, headers: [{ name: 'X-Tenant', value: 'team-seven' }] }],
  A07: [guarded, { auth: 'X_API_KEY', apiKey: KEY }],
  A08: [
    { ...guarded, key: 'UNPROVEN' },
    { auth: 'BEARER', apiKey: KEY },
  ],
  X01: [refused('UNAUTHORIZED', 'Incorrect API key provided')],
  X02: [refused('UNAUTHORIZED', 'unauthorized')],
  X03: [failing('UPSTREAM_ERROR', 'Input validation error')],
  X04: [refused('UNAUTHORIZED', 'Unauthorized')],
  X05: [failing('UPSTREAM_ERROR', 'Extra inputs are not permitted')],
  X06: [failing('NOT_FOUND', 'Not Found')],
  X07: [failing('UPSTREAM_ERROR', 'Field required')],
  X08: [refused('FORBIDDEN', 'Your team has no credits.')],
  X09: [refused('FORBIDDEN', 'API key not valid.')],
  X10: [failing('UPSTREAM_ERROR', 'Invalid argument')],
  X11: [failing('UPSTREAM_ERROR', 'exceeds the available context size')],
  X12: [failing('UPSTREAM_ERROR', 'upstream connect error')],
  X13: [failing('UPSTREAM_ERROR', '502')],
  X14: [refused('UNAUTHORIZED', 'without a word')],
  X15: [failing('UPSTREAM_ERROR', 'Overloaded')],
  X16: [refused('FORBIDDEN', 'Authentication error')],
  F02: [failing('CONNECTION_RESET')],
  F03: [failing('CONNECTION_RESET')],
  F10: [failing('CONNECTION_RESET')],
  F11: [failing('CONNECTION_RESET')],
  F12: [failing('CONNECTION_RESET')],
  F13: [failing('UNEXPECTED_SHAPE', 'does not speak HTTP')],
  F14: [failing('UNEXPECTED_SHAPE', 'does not speak HTTP')],
  F15: [{ models: [1, 'faulty-model | - | - | -'] }],
  F16: [failing('UNEXPECTED_SHAPE', 'compressed')],
  F18: [failing('TOO_LARGE')],
  F20: [failing('NOT_JSON')],
  F21: [failing('NOT_JSON', 'empty answer')],
  F22: [failing('UNEXPECTED_SHAPE')],
  F23: [failing('UNEXPECTED_SHAPE')],
  F25: [{ status: 'DEGRADED', problem: 'PARTIAL_MODEL_LIST', models: [2, 'by-name | - | - | -', 'good | - | - | -'] }],
  F26: [failing('NOT_JSON', 'a web page')],
  F30: [failing('REDIRECTED', 'http://127.0.0.1:9/v1/models')],
  F31: [failing('REDIRECTED')],
  F33: [{ status: 'DEGRADED', problem: 'RATE_LIMITED', words: 'Rate limit reached', models: null }],
  F34: [{ status: 'DEGRADED', problem: 'QUOTA_EXCEEDED', models: null }],
  F35: [failing('UPSTREAM_ERROR', 'Internal error')],
  F36: [failing('UPSTREAM_ERROR', '502 Bad Gateway')],
  F37: [{ status: 'DEGRADED', problem: 'QUOTA_EXCEEDED', models: null }],
  F40: [{ ...failing('TLS', 'self-signed') }],
  F41: [{ ...failing('TLS', 'expired') }],
};

function summary({ upstreamId, capabilities, contextLength, loaded }: DiscoveredModel): string {
  return [upstreamId, capabilities?.join(' ') ?? '-', contextLength ?? '-', loaded ?? '-'].join(' | ');
}

function endpointAt(simulator: Simulator, given: Given = {}): Endpoint {
  const { auth = 'NONE', apiKey = null, headers = [], declaredModels = [] } = given;
  return { kind: simulator.profile.kind, url: simulator.url, auth, apiKey, headers, declaredModels };
}

describe('every kind of server gives the catalogue and the problem one would expect of it', () => {
  let client: OutboundClient;
  let providers: Providers;
  beforeAll(() => {
    client = createOutboundClient();
    providers = createProviders({ client });
  });
  afterAll(() => client.close());

  it.each(Object.entries(CASES))('%s', async (id, [expected, given]) => {
    const simulator = await startSimulator({ profile: id, ...(given?.demanded ? { key: given.demanded } : {}) });
    try {
      const endpoint = endpointAt(simulator, given);
      const found = await providers.verify(endpoint, { timeoutMs: 20_000 });
      // A busy machine makes every server slow; what this case is about is not that.
      const isSlowMachine = found.problem?.code === 'SLOW' && expected.problem !== 'SLOW';
      expect({
        status: isSlowMachine ? 'ONLINE' : found.status,
        problem: isSlowMachine ? undefined : found.problem?.code,
        key: found.stages[3]?.state,
        count: found.models?.length ?? null,
        models: found.models?.slice(0, (expected.models?.length ?? 1) - 1).map(summary) ?? null,
        suggestion: found.suggestion
          ? `${found.suggestion.kind} ${found.suggestion.url.replace(simulator.origin, '')}`
          : undefined,
      }).toEqual({
        status: expected.status ?? 'ONLINE',
        problem: expected.problem,
        key: expected.key ?? 'SKIPPED',
        count: expected.models?.[0] ?? null,
        models: expected.models?.slice(1) ?? null,
        suggestion: expected.suggestion,
      });
      if (expected.version) expect(found.serverVersion).toBe(expected.version);
      if (expected.words) expect(found.problem?.message).toContain(expected.words);
      if (found.problem && found.problem.httpStatus === null && found.models === null)
        expect(found.problem.hint).not.toBeNull();
      if (endpoint.apiKey) expect(JSON.stringify(found)).not.toContain(endpoint.apiKey);
      const generating = simulator.requests.filter(
        ({ method, path }) => method === 'POST' && !/\/api\/(show|pull)$/.test(path),
      );
      expect(generating.filter(({ body }) => body.toString() !== '{}')).toEqual([]);
    } finally {
      await simulator.close();
    }
  });

  it('states every profile of a server, of a key and of an error', () => {
    // Their catalogue is that of another case; what they are about is streaming or managing.
    const elsewhere = /^(O(03b|06b|07|08|09|10|11|12b|13|14))$/;
    const missing = profiles
      .map(({ id }) => id)
      .filter((id) => /^[MAXOL]\d/.test(id) && !elsewhere.test(id) && !(id in CASES));
    expect(missing).toEqual([]);
  });
});

describe('addresses and kinds', () => {
  let client: OutboundClient;
  let providers: Providers;
  beforeAll(() => {
    client = createOutboundClient();
    providers = createProviders({ client });
  });
  afterAll(() => client.close());

  it.each([
    ['vLLM without /v1', 'M02', 'OPENAI', '', 'NOT_FOUND', 'OPENAI', 'OPENAI /v1'],
    ['LM Studio without /v1, which answers 200', 'M10', 'OPENAI', '', 'UNEXPECTED_SHAPE', 'OPENAI', 'OPENAI /v1'],
    ['OVMS under /v1', 'M30', 'OPENAI', '/v1', 'NOT_FOUND', 'OPENAI', 'OPENAI /v3'],
    ['OpenRouter under /v1', 'M16', 'OPENAI', '/v1', 'NOT_FOUND', 'OPENAI', 'OPENAI /api/v1'],
    ['vLLM as Ollama', 'M02', 'OLLAMA', '', 'WRONG_KIND', 'OPENAI', 'OPENAI /v1'],
    ['Ollama with /v1', 'O02', 'OLLAMA', '/v1', 'NOT_FOUND', 'OLLAMA', 'OLLAMA '],
    ['Ollama as an OpenAI server', 'O02', 'OPENAI', '', 'WRONG_KIND', 'OLLAMA', 'OLLAMA '],
    ['an old llama.cpp, posing as Ollama', 'M06', 'OLLAMA', '', 'WRONG_KIND', 'OPENAI', 'OPENAI '],
    ['LocalAI, posing as Ollama', 'M13', 'OLLAMA', '', 'WRONG_KIND', 'OPENAI', 'OPENAI '],
  ] as const)(
    '%s: the problem, the kind, and an address that was tried',
    async (_, id, kind, path, problem, detected, suggestion) => {
      const simulator = await startSimulator({ profile: id });
      try {
        const endpoint = { ...endpointAt(simulator), kind, url: `${simulator.origin}${path}` };
        const found = await providers.verify(endpoint, { timeoutMs: 20_000 });
        expect({
          problem: found.problem?.code,
          detected: found.detectedKind,
          suggestion:
            found.suggestion && `${found.suggestion.kind} ${found.suggestion.url.replace(simulator.origin, '')}`,
        }).toEqual({ problem, detected, suggestion });
        expect(found.suggestion?.modelCount).toBeGreaterThan(0);
      } finally {
        await simulator.close();
      }
    },
  );

  it('Ollama under /v1 is an OpenAI server, and data: null an empty catalogue (M31)', async () => {
    const simulator = await startSimulator({ profile: 'M31' });
    try {
      const found = await providers.verify({ ...endpointAt(simulator), kind: 'OPENAI', url: `${simulator.origin}/v1` });
      expect(found).toMatchObject({ models: [], detectedKind: 'OPENAI', suggestion: null });
    } finally {
      await simulator.close();
    }
  });

  it.each([
    ['without a key', {}, 'An API answers there, and wants a key.'],
    ['with a wrong key', { auth: 'BEARER', apiKey: 'sk-wrong' }, 'An API answers there, and refuses this key.'],
  ] satisfies [string, Given, string][])(
    'an API that refuses us in its own words is suggested: vLLM without /v1 and %s',
    async (_, given, reason) => {
      const simulator = await startSimulator({ profile: 'M02', key: KEY });
      try {
        const endpoint = endpointAt(simulator, given);
        const found = await providers.verify({ ...endpoint, url: simulator.origin });
        expect(found.problem?.code).toBe('NOT_FOUND');
        expect(found.suggestion).toEqual({ url: `${simulator.origin}/v1`, kind: 'OPENAI', modelCount: 0, reason });
      } finally {
        await simulator.close();
      }
    },
  );

  it.each([
    ['a page', 'text/html', '<h1>Sign in</h1>'],
    ['plain words', 'text/plain', 'Unauthorized'],
  ])('a door that refuses with %s is no API', async (_, type, body) => {
    const door = createServer((request, response) => {
      const isGuarded = request.url?.startsWith('/v1/') === true;
      response.writeHead(isGuarded ? 401 : 404, { 'content-type': type }).end(body);
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}`;
    const found = await providers.verify({
      kind: 'OPENAI',
      url,
      auth: 'NONE',
      apiKey: null,
      headers: [],
      declaredModels: [],
    });
    expect(found.suggestion).toBeNull();
    door.closeAllConnections();
    door.close();
  });

  it('a wrong key is found out where the list is open but another path is not (M08)', async () => {
    const simulator = await startSimulator({ profile: 'M08', key: KEY });
    try {
      const endpoint = endpointAt(simulator, { auth: 'BEARER', apiKey: 'wrong-key' });
      expect(await providers.OPENAI.check(endpoint)).toMatchObject({ status: 'UNAUTHORIZED', models: null });
      expect((await providers.OPENAI.check({ ...endpoint, apiKey: KEY })).stages[3]).toMatchObject({ state: 'PASSED' });
    } finally {
      await simulator.close();
    }
  });

  it('of an Ollama the file of each model is told, and what is in memory: how much, on what, until when', async () => {
    const simulator = await startSimulator({ profile: 'ollama' });
    try {
      const { models } = await providers.OLLAMA.check(endpointAt(simulator));
      for (const { file, loaded, inMemory } of models ?? []) {
        expect(file).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{64}$/), format: 'gguf' });
        expect(file?.trainedContextLength).toBeGreaterThan(1_000);
        expect(inMemory !== null).toBe(loaded);
      }
      const inMemory = models?.find(({ loaded }) => loaded)?.inMemory;
      expect(inMemory?.sizeBytes).toBeGreaterThan(0);
      expect(inMemory?.vramBytes).toBeGreaterThanOrEqual(0);
      expect(Date.parse(inMemory?.expiresAt ?? '')).toBeGreaterThan(Date.now());
    } finally {
      await simulator.close();
    }
  });

  it('a server that is starting is DEGRADED, and ONLINE when it has started', async () => {
    const simulator = await startSimulator({ profile: 'llama-cpp' });
    try {
      simulator.control.loading();
      const endpoint = endpointAt(simulator);
      expect(await providers.OPENAI.check(endpoint)).toMatchObject({
        status: 'DEGRADED',
        problem: { code: 'LOADING' },
        models: null,
      });
      await simulator.control.reset();
      expect((await providers.OPENAI.check(endpoint)).models).toHaveLength(1);
    } finally {
      await simulator.close();
    }
  });

  it('a stopped server is refused, with a hint, and every stage after CONNECT is skipped', async () => {
    const simulator = await startSimulator({ profile: 'vllm' });
    await simulator.control.down();
    const found = await providers.verify(endpointAt(simulator));
    expect(found.problem).toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: `Connection refused at 127.0.0.1:${simulator.port}.`,
    });
    expect(found.stages.map(({ state }) => state)).toEqual(['PASSED', 'FAILED', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
    await simulator.close();
  });

  it('aborting rejects with the reason of the signal', async () => {
    const simulator = await startSimulator({ profile: 'black-hole' });
    try {
      const controller = new AbortController();
      const check = providers.OPENAI.check(endpointAt(simulator), { signal: controller.signal });
      await simulator.waitForRequest();
      controller.abort(new Error('Changed my mind.'));
      await expect(check).rejects.toThrow('Changed my mind.');
    } finally {
      await simulator.close();
    }
  });

  it('a black hole is told from a slow server by the deadline of the check', async () => {
    const simulator = await startSimulator({ profile: 'black-hole' });
    try {
      const found = await providers.OPENAI.check(endpointAt(simulator), { timeoutMs: 500 });
      expect(found).toMatchObject({ status: 'OFFLINE', problem: { code: 'TIMEOUT' }, models: null, latencyMs: null });
    } finally {
      await simulator.close();
    }
  });
});
