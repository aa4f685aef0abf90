import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator, type SimulatorOptions } from './simulator.js';

const open: Simulator[] = [];

async function start(options: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator(options);
  open.push(simulator);
  return simulator;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()));
});

async function getJson(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  return (await fetch(url, { headers })).json();
}

describe('startSimulator', () => {
  it('lists the models of a profile under the URL an administrator would enter', async () => {
    const { url } = await start({ profile: 'vllm' });
    const body = await getJson(`${url}/models`);
    expect(body).toMatchObject({
      object: 'list',
      data: [{ id: 'Qwen/Qwen2.5-7B-Instruct', owned_by: 'vllm', max_model_len: 32_768 }, {}, { max_model_len: null }],
    });
  });

  it('lists the models it is told to', async () => {
    const { url } = await start({ profile: 'ollama', models: ['a:1b', 'gemma3:4b'] });
    const body = await getJson(`${url}/api/tags`);
    expect(body).toMatchObject({ models: [{ name: 'a:1b' }, { name: 'gemma3:4b', size: 3_338_801_804 }] });
  });

  it('demands the key where its server does, and only there', async () => {
    const { url, origin } = await start({ profile: 'vllm', key: 'sk-right' });
    expect((await fetch(`${url}/models`)).status).toBe(401);
    expect((await fetch(`${url}/models`, { headers: { authorization: 'Bearer sk-right' } })).status).toBe(200);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
  });

  it('rejects when the port is taken', async () => {
    const { port } = await start({ profile: 'vllm' });
    await expect(startSimulator({ profile: 'vllm', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('says where the known profiles are listed when asked for one that is not there', async () => {
    await expect(startSimulator({ profile: 'nothing-like-this' })).rejects.toThrow(/nothing-like-this.*--list/);
  });

  it('keeps what it received: bytes, headers and who left early', async () => {
    const simulator = await start({ profile: 'vllm' });
    simulator.control.hang();
    const leaving = new AbortController();
    const call = fetch(`${simulator.url}/chat/completions`, {
      method: 'POST',
      body: '{"model": "x"}',
      headers: { 'x-caller': 'Ann' },
      signal: leaving.signal,
    });
    const received = await simulator.waitForRequest(({ path }) => path === '/v1/chat/completions');
    leaving.abort();
    await expect(call).rejects.toThrow();
    expect(await received.closed).toBe('aborted');
    expect(received).toMatchObject({ method: 'POST', aborted: true, headers: { 'x-caller': 'Ann' } });
    expect(received.body.toString()).toBe('{"model": "x"}');
  });
});

describe('control', () => {
  it('goes down and comes back on the same port', async () => {
    const { control, url } = await start({ profile: 'llama-cpp' });
    await control.down();
    await expect(fetch(`${url}/models`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await control.up();
    expect((await fetch(`${url}/models`)).status).toBe(200);
  });

  it('answers what hung once it is reset', async () => {
    const { control, url, waitForRequest } = await start({ profile: 'llama-cpp' });
    control.hang();
    const call = fetch(`${url}/models`);
    await waitForRequest();
    await control.reset();
    expect((await call).status).toBe(200);
  });

  it('refuses keys in the words of the server, for generation alone if told so', async () => {
    const { control, url } = await start({ profile: 'llama-cpp' });
    control.unauthorized('generation');
    expect((await fetch(`${url}/models`)).status).toBe(200);
    const refused = await fetch(`${url}/chat/completions`, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: { message: 'Invalid API Key' } });
  });

  it('answers what it is told, as often as it is told', async () => {
    const { control, url } = await start({ profile: 'vllm' });
    control.answer(429, { error: 'slow down' }, { 'Retry-After': '7' }, { times: 1 });
    const first = await fetch(`${url}/models`);
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await fetch(`${url}/models`)).status).toBe(200);
  });

  it('is loading until it is reset', async () => {
    const { control, url } = await start({ profile: 'llama-cpp', key: 'sk' });
    control.loading();
    const loading = await fetch(`${url}/models`);
    expect(loading.status).toBe(503);
    expect(await loading.json()).toMatchObject({ error: { message: 'Loading model' } });
    await control.reset();
    expect((await fetch(`${url}/models`)).status).toBe(401);
  });

  it('changes the model list at once', async () => {
    const { control, url } = await start({ profile: 'openrouter' });
    control.setModels(['one', 'two']);
    expect(await getJson(`${url}/models`)).toMatchObject({ total_count: 2, data: [{ id: 'one' }, { id: 'two' }] });
  });

  it('cuts a stream after so many chunks, by a reset or like a clean end', async () => {
    const { control, url } = await start({ profile: 'vllm', models: ['m'] });
    const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'a b c d' }] });
    const chat = async (): Promise<string> => (await fetch(`${url}/chat/completions`, { method: 'POST', body })).text();
    expect(await chat()).toContain('[DONE]');
    control.cutStream({ afterChunks: 2, how: 'clean-end' });
    expect((await chat()).match(/data:/g)).toHaveLength(2);
    control.cutStream({ afterChunks: 2, how: 'reset' });
    await expect(chat()).rejects.toThrow();
  });
});
