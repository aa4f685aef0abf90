import { describe, expect, it } from '@jest/globals';
import { readJson } from '../../test/read-json.js';
import { startSimulator } from '../simulator.js';
import { getProfile, profiles } from './index.js';

interface Page {
  readonly data: readonly unknown[];
  readonly links: { readonly next: string | null };
}

function range(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);
}

describe('profiles', () => {
  it('has one for every case', () => {
    const cases = [...range('M', 32), ...range('O', 17), ...range('S', 13), ...range('L', 11)];
    expect(cases.filter((id) => !profiles.some((profile) => profile.id === id))).toEqual([]);
  });

  it('names no two alike', () => {
    const names = profiles.flatMap((profile) => [profile.id, ...profile.names]).map((name) => name.toLowerCase());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('finds one by id and by nickname, in whatever case', () => {
    expect(getProfile('m05')).toBe(getProfile('Llama-CPP'));
  });

  it('is plain data', () => {
    for (const profile of profiles) expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  });

  it.each([
    ['M01', '/models', { data: [{ id: 'gpt-4o-mini', owned_by: 'system' }] }],
    ['M03', '/models', { data: [{ owned_by: 'system', max_model_len: 8_192 }] }],
    ['M04', '/models', { data: [{ root: 'Qwen/Qwen3-8B' }] }],
    ['M05', '/models', { models: [{ size: '' }], data: [{ meta: { n_ctx: 2_048, n_ctx_train: 32_768 } }] }],
    ['M06', '/api/tags', { models: [{ size: '' }], object: 'list' }],
    ['M07', '/models', { error: { code: 503 } }],
    ['M09', '/info', { max_total_tokens: 4_096 }],
    ['M10', '/anything', { error: 'Unexpected endpoint or method. (GET /anything)' }],
    ['M11', '/api/v1/models', { models: [{ key: 'llama-3.2-3b-instruct' }] }],
    ['M12', '/models/capabilities', { data: [{ input_modalities: ['text', 'image'] }] }],
    ['M13', '/api/version', { version: '0.9.0' }],
    ['M14', '/models', { data: [] }],
    ['M15', '/models', { data: [{ id: '*' }] }],
    ['M16', '/models', { total_count: 17, data: [{ pricing: { prompt: '0.0000002' } }], links: { next: null } }],
    ['M17', '/models', [{ context_length: 131_072 }]],
    ['M18', '/models', { data: [{ active: true, public_apps: null }] }],
    ['M19', '/models', { data: [{ capabilities: { completion_chat: true } }] }],
    ['M21', '/language-models', { models: [{ input_modalities: ['text', 'image'] }] }],
    ['M22', '/models', { data: [{ id: 'models/gemini-2.5-flash' }] }],
    ['M23', '/models', { has_more: true, last_id: 'claude-sonnet-4-5' }],
    ['M24', '/models?api-version=2024-10-21', { data: [{ id: 'gpt-4o-2024-08-06' }] }],
    ['M24', '/models', { error: { code: '404' } }],
    ['M28', '/models', { success: false }],
    ['M29', '/models', [{ id: 'azureml://registries/azure-openai/models/gpt-4o/versions/2', name: 'gpt-4o' }]],
    ['M31', '/v1/models', { object: 'list', data: null }],
    ['F25', '/models', { data: [null, 7] }],
  ])('%s answers %s as its server does', async (id, path, expected) => {
    const simulator = await startSimulator({ profile: id });
    const base =
      path.startsWith('/api/') || path === '/anything' || path === '/info' ? simulator.origin : simulator.url;
    const body: unknown = await (await fetch(`${base}${path}`)).json();
    await simulator.close();
    expect(trim(body, expected)).toMatchObject(expected);
  });

  it('pages as its server does', async () => {
    const simulator = await startSimulator({ profile: 'anthropic' });
    const page = await (await fetch(`${simulator.url}/models?after_id=claude-sonnet-4-5`)).json();
    expect(page).toMatchObject({ has_more: false, data: [{ id: 'claude-haiku-4-5' }] });
    await simulator.close();
    const router = await startSimulator({ profile: 'openrouter' });
    const first = await readJson<Page>(fetch(`${router.url}/models?limit=10`));
    expect(first.links.next).toBe('/api/v1/models?offset=10&limit=10');
    const second = await readJson<Page>(fetch(`${router.origin}${first.links.next ?? ''}`));
    expect([second.data.length, second.links.next]).toEqual([7, null]);
    await router.close();
  });

  it.each([
    ['A02', 'authorization', 'Bearer sk-simulated-0123456789'],
    ['A03', 'api-key', 'sk-simulated-0123456789'],
    ['A04', 'x-api-key', 'sk-simulated-0123456789'],
    ['A05', 'authorization', `Basic ${Buffer.from('user:pass:word').toString('base64')}`],
  ])('%s takes the key in %s, and nowhere else', async (id, name, value) => {
    const simulator = await startSimulator({ profile: id });
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${simulator.url}/models`, { headers })).status;
    const other = name === 'authorization' ? { 'x-api-key': value } : { authorization: `Bearer ${value}` };
    expect([await status({ [name]: value }), await status(other), await status({})]).toEqual([200, 401, 401]);
    await simulator.close();
  });

  it('A07 believes a wrong Authorization rather than a right x-api-key', async () => {
    const simulator = await startSimulator({ profile: 'A07', key: 'right' });
    const headers = { authorization: 'Bearer wrong', 'x-api-key': 'right' };
    expect((await fetch(`${simulator.url}/models`, { headers })).status).toBe(401);
    await simulator.close();
  });
});

/** Lists cut to the length that is expected: toMatchObject compares whole ones. */
function trim(value: unknown, expected: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(expected)) {
    return value.slice(0, Math.max(expected.length, expected.length === 0 ? value.length : 0));
  }
  if (typeof value !== 'object' || value === null || typeof expected !== 'object' || expected === null) return value;
  const wanted = expected as Record<string, unknown>;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, trim(part, wanted[name])]));
}
