import { describe, expect, it } from '@jest/globals';
import { readJson } from '../test/read-json.js';
import { startSimulators } from './many.js';

async function ids(url: string): Promise<string[]> {
  const { data } = await readJson<{ data: { id: string }[] }>(fetch(`${url}/models`));
  return data.map(({ id }) => id);
}

describe('startSimulators', () => {
  it('serves a thousand endpoints on one port, each with its own models, requests and faults', async () => {
    const many = await startSimulators(1_000, (index) => ({ profile: 'vllm', models: [`model-${index}`] }));
    const [first, , third] = many.endpoints;
    expect(await ids(many.endpoints[999]!.url)).toEqual(['model-999']);
    expect(third!.url).toMatch(/\/e\/2\/v1$/);
    await first!.control.down();
    await expect(ids(first!.url)).rejects.toThrow();
    third!.control.setModels(['changed']);
    expect(await ids(third!.url)).toEqual(['changed']);
    expect(third!.requests.map(({ path }) => path)).toEqual(['/v1/models']);
    await first!.control.up();
    expect(await ids(first!.url)).toEqual(['model-0']);
    await many.close();
  });

  it('gives each a port of its own when asked to', async () => {
    const many = await startSimulators(3, { profile: 'ollama' }, { by: 'port' });
    expect(new Set(many.endpoints.map(({ port }) => port)).size).toBe(3);
    await many.close();
  });
});
