import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendRaw } from '../../test/raw-client.js';
import { readJson } from '../../test/read-json.js';
import { startSimulator, type Simulator } from '../simulator.js';
import { readRecording, withTrueLength, type RecordedExchange } from './recording.js';

const HOP_HEADERS = new Set(['connection', 'keep-alive', 'date']);

describe.each(['ollama', 'llama-server'])('recording:%s', (file) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ profile: `recording:${file}` });
  });
  afterAll(async () => simulator.close());

  it.each(readRecording(file).exchanges.map((exchange) => [exchange.name, exchange] as const))(
    'replays %s byte by byte',
    async (name, { request, response }) => {
      simulator.control.use(name);
      const answer = await sendRaw(simulator.port, toRawRequest(request));
      expect(answer.statusLine).toMatch(new RegExp(`^HTTP/1.1 ${response.status} `));
      expect(answer.headers.filter(([header]) => !HOP_HEADERS.has(header.toLowerCase()))).toEqual(
        request.method === 'HEAD' ? response.headers : withTrueLength(response.headers, response.body ?? ''),
      );
      if (response.chunks === undefined) expect(answer.body.toString()).toBe(response.body);
      else expect(answer.chunks).toEqual(response.chunks);
    },
  );

  it('finds nearly every exchange by its request alone', async () => {
    simulator.control.use();
    const twins: string[] = [];
    for (const { name, request, response } of readRecording(file).exchanges) {
      const answer = await sendRaw(simulator.port, toRawRequest(request));
      const sent = answer.chunks?.join('') ?? answer.body.toString();
      if (sent !== (response.body ?? response.chunks?.join(''))) twins.push(name);
    }
    // These were asked like another one: only the server's state, or nothing that matters, was different.
    expect(twins).toEqual(
      file === 'ollama'
        ? ['empty-ps', 'empty-tags', 'empty-v1-models', 'ps-after-unload', 'ps-before', 'tags-two']
        : [],
    );
  });
});

describe('recordings', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ profile: 'recording:ollama' });
  });
  afterAll(async () => simulator.close());

  it('answer with the list that has models, and with another one when told to', async () => {
    const names = async (): Promise<number> =>
      (await readJson<{ models: unknown[] }>(fetch(`${simulator.url}/api/tags`))).models.length;
    expect(await names()).toBe(1);
    simulator.control.use('tags-two');
    expect(await names()).toBe(2);
    simulator.control.use('empty-tags');
    expect(await names()).toBe(0);
    await simulator.control.reset();
    expect(await names()).toBe(1);
  });

  it('refuse a name that was not recorded', () => {
    expect(() => simulator.control.use('tags-three')).toThrow('tags-three');
  });

  it('treat the key that was given here as the recorded one', async () => {
    const guarded = await startSimulator({ profile: 'recording:llama-server', key: 'mine' });
    const status = async (key: string): Promise<number> =>
      (await fetch(`${guarded.url}/models`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect([await status('mine'), await status('other')]).toEqual([200, 401]);
    await guarded.close();
  });

  it('refuse an unknown model in a stream as they did without one', async () => {
    const body = JSON.stringify({ model: 'nope', stream: true, messages: [{ role: 'user', content: 'x' }] });
    const answer = await fetch(`${simulator.origin}/v1/chat/completions`, { method: 'POST', body });
    expect(answer.status).toBe(404);
  });

  it('answer a path nobody asked for as an unknown one', async () => {
    const answer = await fetch(`${simulator.origin}/never/asked`);
    expect([answer.status, await answer.text()]).toEqual([404, '404 page not found']);
  });
});

function toRawRequest({ method, path, headers, body }: RecordedExchange['request']): Parameters<typeof sendRaw>[1] {
  if (body === undefined) return { method, path, headers };
  return { method, path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
