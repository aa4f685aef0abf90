import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { profiles, startSimulator, type Profile, type Simulator } from '@intrallm/simulator';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const KEY = 'sk-local-llama-0123456789';
/** One of each way in which a chat can be streamed, and what real servers sent. */
const STREAMS = profiles.filter(({ id }) => /^S\d/.test(id));
const RECORDED = ['recording:llama-server', 'recording:ollama'];

interface Linked {
  readonly simulator: Simulator;
  /** Its own address of the OpenAI format. */
  readonly direct: string;
  /** Its model there, and here. */
  readonly model: string;
  readonly name: string;
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
  for (const name of [...STREAMS.map(({ names }) => names[0]!), ...RECORDED]) await link(name);
  await eventually(
    () =>
      Promise.resolve(
        [...linked.values()].filter(({ name }) => app.app.services.routing.table.find(name) === undefined),
      ),
    (missing) => missing.length === 0,
  );
}, 180_000);

afterAll(async () => {
  await app.close();
  await Promise.all([...linked.values()].map(({ simulator }) => simulator.close()));
});

async function link(profile: string): Promise<void> {
  const simulator = await startSimulator({ profile });
  const isOllama = profile === 'recording:ollama';
  const model = RECORDED.includes(profile) ? (isOllama ? 'gemma3:270m' : 'gemma-3-270m') : 'stream-model';
  const modelPrefix = `${profile.replace(':', '-')}/`;
  const input = {
    kind: isOllama ? 'OLLAMA' : 'OPENAI',
    url: simulator.url,
    name: profile,
    modelPrefix,
    ...(profile === 'recording:llama-server' ? { apiKey: KEY } : {}),
    declaredModels: [model],
  };
  await admin.data(ADD, { input });
  const direct = isOllama ? `${simulator.url}/v1` : simulator.url;
  linked.set(profile, { simulator, direct, model, name: `${modelPrefix}${model}` });
}

/** The same asked at the endpoint and here: what a client made of each. */
async function both<T>(profile: string, ask: (way: { baseURL: string; apiKey: string; model: string }) => Promise<T>) {
  const { direct, model, name } = linked.get(profile)!;
  const told = async (way: Parameters<typeof ask>[0]) => {
    try {
      return { value: plain(await ask(way)) };
    } catch (error) {
      const { name: kind, status, message } = error as { name: string; status?: number; message: string };
      return { error: { kind, status, message } };
    }
  };
  const there = await told({ baseURL: direct, apiKey: KEY, model });
  const here = await told({ baseURL: `${app.url}/v1`, apiKey: token, model: name });
  return { there, here };
}

/** Without what differs between two answers to the same question. */
const plain = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/chatcmpl-[0-9a-f]{16}/g, 'chatcmpl-ID')
      .replaceAll(/created(\\?)":\d{10}/g, 'created$1":0'),
  ) as T;
const openai = ({ baseURL, apiKey }: { baseURL: string; apiKey: string }) =>
  new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'Why is the sky blue?' }];

describe.each(STREAMS.map(({ id, title, names }: Profile) => [id, title, names[0]!]))(
  '%s: %s',
  (id, _title, profile) => {
    // Silence that does not end is for its deadline to end, and has a test of its own.
    const endless = id === 'S10c';

    it('has the bytes that the endpoint sends', async () => {
      const { there, here } = await both(profile, async ({ baseURL, apiKey, model }) => {
        const response = await fetch(`${baseURL}/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
          body: JSON.stringify({ model, messages, stream: true }),
        });
        const chunks: Buffer[] = [];
        let end = 'clean';
        const reader = response.body!.getReader();
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            chunks.push(Buffer.from(value));
            if (endless) break;
          }
        } catch {
          end = 'cut';
        }
        await reader.cancel().catch(() => undefined);
        const bytes = Buffer.concat(chunks).toString('latin1');
        return {
          status: response.status,
          type: response.headers.get('content-type'),
          end,
          bytes: endless ? bytes.slice(0, 20) : bytes,
        };
      });
      expect(here).toEqual(there);
    });

    it('gives the official client the same stream', async () => {
      const { there, here } = await both(profile, async (way) => {
        const stream = await openai(way).chat.completions.create({ model: way.model, messages, stream: true });
        const chunks: unknown[] = [];
        for await (const chunk of stream) {
          chunks.push(chunk);
          if (endless) break;
        }
        return chunks;
      });
      expect(here).toEqual(there);
    });
  },
);

describe.each(RECORDED)('%s', (profile) => {
  it('gives the official client the same answers', async () => {
    const calls: ((client: OpenAI, model: string) => Promise<unknown>)[] = [
      (client, model) => client.chat.completions.create({ model, messages }),
      async (client, model) => {
        const chunks: unknown[] = [];
        for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
          chunks.push(chunk);
        return chunks;
      },
      async (client, model) => {
        const chunks: unknown[] = [];
        for await (const chunk of await client.completions.create({ model, prompt: 'Sky', stream: true }))
          chunks.push(chunk);
        return chunks;
      },
      (client, model) => client.embeddings.create({ model, input: 'text' }),
    ];
    for (const call of calls) {
      const { there, here } = await both(profile, (way) => call(openai(way), way.model));
      expect(here).toEqual(there);
    }
  });

  it('gives the AI SDK the same answers', async () => {
    const provider = ({ baseURL, apiKey }: { baseURL: string; apiKey: string }) =>
      createOpenAICompatible({ name: 'one', baseURL, apiKey });
    const whole = await both(profile, async (way) => {
      const { text, finishReason, usage } = await generateText({
        model: provider(way)(way.model),
        messages,
        maxRetries: 0,
      });
      return { text, finishReason, usage };
    });
    expect(whole.here).toEqual(whole.there);
    expect(whole.here).toHaveProperty('value.text');
    const streamed = await both(profile, async (way) => {
      const result = streamText({ model: provider(way)(way.model), messages, maxRetries: 0 });
      const parts: string[] = [];
      for await (const part of result.textStream) parts.push(part);
      return { parts, finish: await result.finishReason };
    });
    expect(streamed.here).toEqual(streamed.there);
    expect(streamed.here).toHaveProperty('value.parts');
  });
});

describe('the official client', () => {
  const client = () => openai({ baseURL: `${app.url}/v1`, apiKey: token });

  it('lists the models, and finds one with a slash', async () => {
    const names: string[] = [];
    for await (const { id } of client().models.list()) names.push(id);
    expect(names).toEqual(expect.arrayContaining([...linked.values()].map(({ name }) => name)));
    expect((await client().models.retrieve('sse-crlf/stream-model')).id).toBe('sse-crlf/stream-model');
  });

  it.each([
    ['an unknown model', { model: 'nobody' }, OpenAI.NotFoundError, 'model_not_found'],
    ['no model', {}, OpenAI.BadRequestError, 'bad_user_input'],
  ])('raises its own error for %s', async (_what, body, kind, code) => {
    const asked = client().chat.completions.create({ messages, ...body } as never);
    await expect(asked).rejects.toBeInstanceOf(kind);
    await expect(asked).rejects.toMatchObject({ code });
  });

  it('raises its own error for a token that is not valid', async () => {
    const asked = openai({ baseURL: `${app.url}/v1`, apiKey: 'ilm_nobody' }).models.list();
    await expect(asked).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});
