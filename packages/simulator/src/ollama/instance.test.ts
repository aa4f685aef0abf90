import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readJson } from '../../test/read-json.js';
import { startSimulator, type Simulator } from '../simulator.js';

interface Line {
  readonly status?: string;
  readonly completed?: number;
  readonly error?: string;
  readonly message: { readonly content: string };
}

interface Answer {
  readonly done_reason: string;
}

interface Tags {
  readonly models: readonly {
    readonly name: string;
    readonly digest: string;
    readonly capabilities?: readonly string[];
    readonly details: { readonly context_length?: number };
  }[];
}

let simulator: Simulator;

async function post(path: string, body: object, method = 'POST'): Promise<Response> {
  return fetch(`${simulator.url}${path}`, { method, body: JSON.stringify(body) });
}

async function lines(response: Response): Promise<Line[]> {
  const text = await response.text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function names(path = '/api/tags'): Promise<string[]> {
  const { models } = await readJson<Tags>(fetch(`${simulator.url}${path}`));
  return models.map(({ name }) => name);
}

async function restart(profile: string): Promise<void> {
  await simulator.close();
  simulator = await startSimulator({ profile });
}

beforeEach(async () => {
  simulator = await startSimulator({ profile: 'ollama' });
});
afterEach(async () => simulator.close());

describe('an Ollama profile', () => {
  it('O02 states capabilities and context in its tags, O03 only when shown', async () => {
    const [model] = (await readJson<Tags>(fetch(`${simulator.url}/api/tags`))).models;
    expect(model).toMatchObject({ capabilities: ['completion', 'tools'], details: { context_length: 131_072 } });
    expect(model?.digest).toMatch(/^[0-9a-f]{64}$/);
    await restart('ollama-old');
    const [plain] = (await readJson<Tags>(fetch(`${simulator.url}/api/tags`))).models;
    expect([plain?.capabilities, plain?.details.context_length]).toEqual([undefined, undefined]);
    const shown = await readJson<{ model_info: Record<string, unknown> }>(post('/api/show', { model: 'qwen3:8b' }));
    expect(shown).toMatchObject({ capabilities: ['completion', 'tools', 'thinking'] });
    expect(shown.model_info['qwen3.context_length']).toBe(40_960);
  });

  it('O05 shows a pull layer by layer and has the model afterwards', async () => {
    const progress = await lines(await post('/api/pull', { model: 'tinyllama' }));
    expect(progress[0]).toEqual({ status: 'pulling manifest' });
    expect(progress[1]).toHaveProperty('total');
    expect(progress[1]?.completed).toBeUndefined();
    expect(progress.at(-1)).toEqual({ status: 'success' });
    expect(await names()).toContain('tinyllama:latest');
  });

  it('O05 lets progress fall back where parts are fetched anew', async () => {
    await restart('ollama-pull-retries');
    const progress = await lines(await post('/api/pull', { model: 'tinyllama' }));
    const completed = progress.map((line) => line.completed ?? 0);
    expect(completed.some((value, index) => value > 0 && value < (completed[index - 1] ?? 0))).toBe(true);
  });

  it('O06 fails a pull in its last line, or with 500 where it does not stream', async () => {
    const missing = await post('/api/pull', { model: 'nope' });
    expect([missing.status, (await lines(missing)).at(-1)]).toEqual([
      200,
      { error: 'pull model manifest: file does not exist' },
    ]);
    expect((await post('/api/pull', { model: 'nope', stream: false })).status).toBe(500);
    await restart('ollama-pull-fails');
    expect((await lines(await post('/api/pull', { model: 'x' }))).at(-1)?.error).toMatch(/max retries/);
    expect(await names()).not.toContain('x:latest');
  });

  it('O07 resumes a pull that was cancelled', async () => {
    await restart('ollama-slow-pull');
    const leaving = new AbortController();
    const url = `${simulator.url}/api/pull`;
    const request = { method: 'POST', body: '{"model":"tinyllama"}' };
    const first = (await fetch(url, { ...request, signal: leaving.signal })).body?.getReader();
    for (let count = 0; count < 4; count += 1) await first?.read();
    leaving.abort();
    expect(await simulator.requests[0]?.closed).toBe('aborted');
    const second = (await fetch(url, request)).body?.getReader();
    await second?.read();
    const line = JSON.parse(Buffer.from((await second?.read())?.value ?? []).toString());
    expect(line.completed).toBeGreaterThan(0);
    expect(await names()).not.toContain('tinyllama:latest');
    await second?.cancel();
  });

  it('O08 copies and deletes with an empty answer', async () => {
    const copied = await post('/api/copy', { source: 'qwen3:8b', destination: 'mine' });
    expect([copied.status, await copied.text()]).toEqual([200, '']);
    expect(await names()).toContain('mine:latest');
    expect((await post('/api/delete', { model: 'mine' }, 'DELETE')).status).toBe(200);
    expect(await names()).not.toContain('mine:latest');
    expect((await post('/api/delete', { model: 'mine' }, 'DELETE')).status).toBe(404);
  });

  it('O10 streams JSON lines, and one object where no stream is wanted', async () => {
    const chat = { model: 'qwen3:8b', messages: [{ role: 'user', content: 'Good day to you' }] };
    const streamed = await lines(await post('/api/chat', chat));
    expect(streamed.map((line) => line.message.content).join('')).toBe('Good day to you');
    expect(streamed.at(-1)).toMatchObject({ done: true, done_reason: 'stop', eval_count: 4 });
    const whole = await (await post('/api/chat', { ...chat, stream: false })).json();
    expect(whole).toMatchObject({ done: true, message: { content: 'Good day to you' } });
  });

  it('O11 loads and unloads', async () => {
    const load = await readJson<Answer>(post('/api/chat', { model: 'qwen3:8b', messages: [] }));
    expect(load.done_reason).toBe('load');
    expect(await names('/api/ps')).toContain('qwen3:8b');
    const unload = await readJson<Answer>(post('/api/generate', { model: 'qwen3:8b', keep_alive: 0 }));
    expect(unload.done_reason).toBe('unload');
    expect(await names('/api/ps')).not.toContain('qwen3:8b');
  });

  it('O12 refuses what a model cannot do, a model that is not there, and bodies that are none', async () => {
    const status = async (path: string, body: object): Promise<number> => (await post(path, body)).status;
    expect(await status('/api/chat', { model: 'nomic-embed-text', messages: [{}] })).toBe(400);
    expect(await status('/api/chat', { model: 'gemma3:4b', think: true, messages: [{}] })).toBe(400);
    expect(await status('/api/embed', { model: 'gemma3:4b', input: 'x' })).toBe(501);
    expect(await status('/api/embed', { model: 'nomic-embed-text', input: ['x', 'y'] })).toBe(200);
    expect(await status('/api/chat', { model: 'nope' })).toBe(404);
    const empty = await fetch(`${simulator.url}/api/show`, { method: 'POST' });
    expect([empty.status, await empty.json()]).toEqual([400, { error: 'missing request body' }]);
  });

  it('O01 answers wrong methods and paths in plain text', async () => {
    const wrong = await post('/api/tags', {});
    expect([wrong.status, await wrong.text()]).toEqual([405, '405 method not allowed']);
    expect(await (await fetch(`${simulator.url}/models`)).text()).toBe('404 page not found');
  });

  it('O15 refuses a foreign Origin with an empty 403', async () => {
    const answer = await fetch(`${simulator.url}/api/tags`, { headers: { origin: 'https://elsewhere.example' } });
    expect([answer.status, await answer.text()]).toEqual([403, '']);
    const local = await fetch(`${simulator.url}/api/tags`, { headers: { origin: 'http://localhost:3000' } });
    expect(local.status).toBe(200);
  });

  it('M31 lists null under /v1 when nothing is installed', async () => {
    simulator.control.setModels([]);
    expect(await (await fetch(`${simulator.url}/v1/models`)).json()).toEqual({ object: 'list', data: null });
  });
});
