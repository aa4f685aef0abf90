import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ollama, type ModelDetails } from 'ollama';
import OpenAI from 'openai';
import { profiles, startSimulator, type Profile, type Simulator } from '@intrallm/simulator';
import { eventually, startTestApp, type TestApp, type TestClient } from '../../support/app.js';
import { testDatabases } from '../../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const KEY = 'sk-local-llama-0123456789';
/** What instances answer natively, and one that a real one did. */
const NATIVE = ['ollama', 'ollama-busy', 'ollama-stream-error', 'recording:ollama'];
/** Each way in which an OpenAI endpoint streams, and what a real one sent. */
const STREAMS = profiles.filter(({ id }) => /^S\d/.test(id));
const TRANSLATED = 'recording:llama-server';

interface Linked {
  readonly simulator: Simulator;
  readonly prefix: string;
}

let app: TestApp;
let admin: TestClient;
let token: string;
const linked = new Map<string, Linked>();

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  const made = await admin.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(input: { name: "t", scopes: [CHAT, MODELS_READ] }) { token } }',
  );
  token = made.createApiToken.token;
  for (const name of NATIVE) await link(name, 'OLLAMA', []);
  for (const name of [...STREAMS.map(({ names }) => names[0]!), TRANSLATED])
    await link(name, 'OPENAI', [modelOf(name)]);
  const wanted = [...linked].map(([name, { prefix }]) => `${prefix}${modelOf(name)}`);
  await eventually(
    () => Promise.resolve(wanted.filter((name) => app.app.services.routing.table.find(name) === undefined)),
    (missing) => missing.length === 0,
  );
}, 180_000);

afterAll(async () => {
  await app.close();
  await Promise.all([...linked.values()].map(({ simulator }) => simulator.close()));
});

function modelOf(profile: string): string {
  if (profile === 'recording:ollama') return 'gemma3:270m';
  if (profile === TRANSLATED) return 'gemma-3-270m';
  return NATIVE.includes(profile) ? 'qwen3:8b' : 'stream-model';
}

async function link(profile: string, kind: string, declaredModels: readonly string[]): Promise<void> {
  const simulator = await startSimulator({ profile });
  const prefix = `${profile.replace(':', '-')}/`;
  // Unloading is for those who may manage the instance, unless its connection allows it to everybody.
  const more = kind === 'OLLAMA' ? { allowKeepAlive: true } : {};
  const input = { kind, url: simulator.url, name: profile, modelPrefix: prefix, declaredModels, ...more };
  await admin.data(ADD, { input: { ...input, ...(profile === TRANSLATED ? { apiKey: KEY } : {}) } });
  linked.set(profile, { simulator, prefix });
}

const here = () => new Ollama({ host: app.url, headers: { authorization: `Bearer ${token}` } });

interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly kind: string; readonly status: number | undefined; readonly message: string };
}

/** What a call gives: its value, or what it throws. */
async function told(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: plain(await call()) };
  } catch (error) {
    const {
      name: kind,
      status_code: status,
      message,
    } = error as { name: string; status_code?: number; message: string };
    return { error: { kind, status, message } };
  }
}

/** Without what differs between two answers to the same question. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/"created_at":"[^"]*"/g, '"created_at":""')) as unknown;

async function all(stream: Promise<AsyncIterable<unknown>>): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of await stream) parts.push(part);
  return parts;
}

const MESSAGES = [{ role: 'user', content: 'Name two colours.' }];
const TOOLS = [
  { type: 'function', function: { name: 'f', description: 'does f', parameters: { type: 'object', properties: {} } } },
];

const CALLS: Readonly<Record<string, (client: Ollama, model: string) => Promise<unknown>>> = {
  'a chat': (client, model) => client.chat({ model, messages: MESSAGES }),
  'a streamed chat': (client, model) => all(client.chat({ model, messages: MESSAGES, stream: true })),
  'a chat with options': (client, model) =>
    client.chat({ model, messages: MESSAGES, options: { num_predict: 2, temperature: 0, seed: 1 }, keep_alive: '5m' }),
  'a chat with tools': (client, model) => client.chat({ model, messages: MESSAGES, tools: TOOLS }),
  'a chat with thinking': (client, model) => client.chat({ model, messages: MESSAGES, think: true }),
  'a chat with a picture': (client, model) =>
    client.chat({ model, messages: [{ ...MESSAGES[0]!, images: [new Uint8Array([137, 80, 78, 71])] }] }),
  'a load': (client, model) => client.chat({ model }),
  'an unload': (client, model) => client.chat({ model, keep_alive: 0 }),
  'a generate': (client, model) => client.generate({ model, prompt: 'Two colours:' }),
  'a streamed generate': (client, model) => all(client.generate({ model, prompt: 'Two colours:', stream: true })),
  'an embed': (client, model) => client.embed({ model, input: ['one', 'two'] }),
  'an older embedding': (client, model) => client.embeddings({ model, prompt: 'one' }),
  'a show': (client, model) => client.show({ model }),
};

/** Those that must not be the same for being the same error. */
const ANSWERED = new Set([
  ...[
    'a chat',
    'a streamed chat',
    'a chat with options',
    'a load',
    'an unload',
    'a generate',
    'a streamed generate',
  ].map((name) => `ollama ${name}`),
  ...['a chat', 'a streamed chat', 'a load', 'an unload', 'a streamed generate', 'a show'].map(
    (name) => `recording:ollama ${name}`,
  ),
]);

describe.each(NATIVE)('%s: the official client gets what it gets there', (profile) => {
  it.each(Object.keys(CALLS))('for %s', async (name) => {
    const { simulator, prefix } = linked.get(profile)!;
    const model = modelOf(profile);
    const direct = await told(() => CALLS[name]!(new Ollama({ host: simulator.url }), model));
    expect(await told(() => CALLS[name]!(here(), `${prefix}${model}`))).toEqual(direct);
    if (ANSWERED.has(`${profile} ${name}`)) expect(direct).toHaveProperty('value');
    else expect(Object.values(direct)).toHaveLength(1);
  });
});

it('the official client embeds natively as it does there', async () => {
  const { simulator, prefix } = linked.get('ollama')!;
  const call = (client: Ollama, model: string) => client.embed({ model, input: ['one', 'two'] });
  const direct = await told(() => call(new Ollama({ host: simulator.url }), 'nomic-embed-text'));
  expect(await told(() => call(here(), `${prefix}nomic-embed-text`))).toEqual(direct);
  expect(direct).toHaveProperty('value.embeddings.1');
});

interface Part {
  readonly message: {
    readonly content: string;
    readonly thinking?: string;
    readonly tool_calls?: { function: { name: string; arguments: object } }[];
  };
  readonly done: boolean;
  readonly done_reason?: string;
}

/** The text, thoughts and tool calls that the official OpenAI client gets from the endpoint itself. */
async function directly(profile: string) {
  const client = new OpenAI({ baseURL: linked.get(profile)!.simulator.url, apiKey: KEY, maxRetries: 0 });
  let [content, thinking] = ['', ''];
  const calls: { name: string; text: string }[] = [];
  const messages = MESSAGES as OpenAI.ChatCompletionMessageParam[];
  const stream = await client.chat.completions.create({ model: modelOf(profile), messages, stream: true });
  for await (const { choices } of stream) {
    const delta = (choices[0]?.delta ?? {}) as Record<string, unknown> & OpenAI.ChatCompletionChunk.Choice.Delta;
    const parts = delta.content as unknown;
    if (typeof parts === 'string') content += parts;
    else if (Array.isArray(parts)) thinking += 'Hm.';
    thinking += (delta['reasoning_content'] ?? delta['reasoning'] ?? '') as string;
    for (const { function: called } of delta.tool_calls ?? []) {
      if (called?.name !== undefined) calls.push({ name: called.name, text: '' });
      calls.at(-1)!.text += called?.arguments ?? '';
    }
  }
  const inline = /^<think>(.*?)<\/think>\s*(.*)$/s.exec(content);
  return {
    content: inline?.[2] ?? content,
    thinking: inline?.[1] ?? thinking,
    calls: calls.map(({ name, text }) => ({ name, arguments: JSON.parse(text) as object })),
  };
}

const FAILING: Readonly<Record<string, string>> = {
  S09: 'The engine died.',
  S09b: 'Provider disconnected',
  S09c: 'The engine died.',
  S10: 'The endpoint ended the answer before it was complete.',
  S11: 'The engine died.',
  S13: 'The endpoint sent a part of its answer that is too long.',
};

const translated = (profile: string): Promise<Part[]> => {
  const model = `${linked.get(profile)!.prefix}${modelOf(profile)}`;
  return all(here().chat({ model, messages: MESSAGES, stream: true })) as Promise<Part[]>;
};

describe.each(STREAMS.map(({ id, title, names }: Profile) => [id, title, names[0]!]))(
  '%s: %s',
  (id, _title, profile) => {
    // Silence that does not end is for its deadline to end, and has a test of its own.
    if (id === 'S10c') {
      it('is told as far as it came', async () => {
        const model = `${linked.get(profile)!.prefix}${modelOf(profile)}`;
        const stream = await here().chat({ model, messages: MESSAGES, stream: true });
        const first = (await stream[Symbol.asyncIterator]().next()).value as Part;
        expect([first.message.content, first.done]).toEqual(['Name', false]);
        stream.abort();
      });
    } else if (id === 'S10b') {
      it('is a cut for the official Ollama client as well', async () => {
        await expect(translated(profile)).rejects.toThrow(/terminated|aborted|reset/);
      });
    } else if (FAILING[id] !== undefined) {
      it('is an error that the official Ollama client raises', async () => {
        await expect(translated(profile)).rejects.toThrow(FAILING[id]);
      });
    } else {
      it('gives the official Ollama client what the official OpenAI client gets there', async () => {
        const wanted = id === 'S11b' ? { content: 'Not streamed.', thinking: '', calls: [] } : await directly(profile);
        const parts = await translated(profile);
        expect({
          content: parts.map(({ message }) => message.content).join(''),
          thinking: parts.map(({ message }) => message.thinking ?? '').join(''),
          calls: parts.flatMap(({ message }) => (message.tool_calls ?? []).map(({ function: called }) => called)),
        }).toEqual(wanted);
        expect(parts.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
        expect(parts.slice(0, -1).every(({ done }) => !done)).toBe(true);
      });
    }
  },
);

describe(`${TRANSLATED}: the official Ollama client`, () => {
  const call = (name: string) =>
    told(() => CALLS[name]!(here(), `${linked.get(TRANSLATED)!.prefix}${modelOf(TRANSLATED)}`));

  it('chats and generates, with what a real server answers', async () => {
    const whole = await call('a chat');
    expect(whole.value).toMatchObject({ message: { role: 'assistant' }, done: true, done_reason: 'length' });
    expect(whole.value).toHaveProperty('eval_count');
    const streamed = (await call('a streamed chat')).value as Part[];
    expect(streamed.at(-1)).toMatchObject({ done: true, done_reason: 'length' });
    expect(streamed.map(({ message }) => message.content).join('')).not.toBe('');
    expect((await call('a generate')).value).toMatchObject({ done: true, response: expect.any(String) });
  });

  it('is told what it cannot have, in the words of the server', async () => {
    expect((await call('an embed')).error).toEqual({
      kind: 'ResponseError',
      status: 501,
      message: 'This server does not support embeddings. Start it with `--embeddings`',
    });
  });
});

describe('the official client', () => {
  it('lists the models of both kinds, and what is loaded', async () => {
    const { models } = await here().list();
    expect(models.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['ollama/qwen3:8b', 'recording-ollama/gemma3:270m', 'sse-crlf/stream-model']),
    );
    for (const { name, model, size, digest, details, modified_at: at } of models) {
      expect([model, typeof size, digest.length, typeof details.family]).toEqual([name, 'number', 64, 'string']);
      expect(new Date(at).getTime()).toBeGreaterThan(0);
    }
    const running = (await here().ps()).models.map(({ name }) => name);
    expect(running).toContain('ollama/llama3.2:latest');
    expect(running).not.toContain('sse-crlf/stream-model');
  });

  it('finds in the lists what the suite of Ollama itself looks for', async () => {
    const filled = ({ format, family, parameter_size, quantization_level }: ModelDetails) =>
      [format, family, parameter_size, quantization_level].every((text) => text !== '');
    const listed = (await here().list()).models;
    for (const { name, model, modified_at: at, digest, details } of listed) {
      expect([name !== '', model !== '', digest !== '', filled(details)]).toEqual([true, true, true, true]);
      expect(new Date(at).getTime()).toBeGreaterThan(0);
    }
    const running = (await here().ps()).models.filter(({ name }) => name.startsWith('ollama/'));
    expect(running.length).toBeGreaterThan(0);
    for (const { name, model, size, size_vram: vram, digest, expires_at: at, details } of running) {
      expect([model, size > 0, vram >= 0, filled(details)]).toEqual([name, true, true, true]);
      expect(new Date(at).getTime()).toBeGreaterThan(Date.now());
      // The same model has the same digest, whether it is in memory or not.
      expect(digest).toBe(listed.find((one) => one.name === name)?.digest);
    }
    expect(listed.find(({ name }) => name === 'ollama/qwen3:8b')).toMatchObject({ details: { format: 'gguf' } });
  });

  it('finds a model without the tag that it has', async () => {
    const { message } = await here().chat({ model: 'ollama/llama3.2', messages: MESSAGES });
    expect(message.content).toBe('Name two colours.');
  });

  it('is told the version of the API', async () => {
    expect((await here().version()).version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each<[string, number, (client: Ollama) => Promise<unknown>]>([
    ['pull', 403, (client) => client.pull({ model: 'ollama/qwen3:8b' })],
    ['streamed pull', 403, (client) => client.pull({ model: 'ollama/qwen3:8b', stream: true })],
    ['pull of an unknown model', 404, (client) => client.pull({ model: 'nobody' })],
    ['push', 403, (client) => client.push({ model: 'm' })],
    ['create', 403, (client) => client.create({ model: 'm', from: 'n' })],
    ['copy', 403, (client) => client.copy({ source: 'm', destination: 'n' })],
    ['delete', 403, (client) => client.delete({ model: 'm' })],
    ['chat with an unknown model', 404, (client) => client.chat({ model: 'nobody', messages: [] })],
    ['show of an unknown model', 404, (client) => client.show({ model: 'nobody' })],
  ])('raises its own error for %s: %d', async (_what, status, call) => {
    expect((await told(() => call(here()))).error).toMatchObject({ kind: 'ResponseError', status });
  });

  it('raises its own error without a token', async () => {
    const outcome = await told(() => new Ollama({ host: app.url }).list());
    expect(outcome.error).toEqual({ kind: 'ResponseError', status: 401, message: 'Sign in to do this.' });
  });

  it('aborts a stream', async () => {
    const client = here();
    const model = `stalled/${modelOf('stalled')}`;
    const stream = await client.chat({ model, messages: MESSAGES, stream: true });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const request = linked.get('stalled')!.simulator.requests.findLast(({ method }) => method === 'POST')!;
    client.abort();
    await expect(
      (async () => {
        for (;;) await iterator.next();
      })(),
    ).rejects.toThrow();
    expect(await request.closed).toBe('aborted');
  });
});
