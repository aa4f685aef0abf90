import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  admin,
  discovered,
  fieldsOf,
  member,
  openWorkspace,
  refusal,
  type Workspace,
} from '../../../test/support/workspace.js';

const KEY = 'sk-test-1234567890abcdef';
const URL = 'https://api.example.com/v1';
let workspace: Workspace;

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(() => workspace.close());

const verify = (input: Partial<Parameters<Workspace['verification']['verify']>[1]> = {}) =>
  workspace.verification.verify(admin(), { kind: 'OPENAI', url: URL, ...input }, 'input');

it('tries what is given, and stores nothing', async () => {
  const verified = await verify({ apiKey: KEY, headers: [{ name: 'X-Org', value: 'acme', secret: false }] });
  expect(workspace.tried).toEqual([
    {
      kind: 'OPENAI',
      url: URL,
      auth: 'BEARER',
      apiKey: KEY,
      headers: [{ name: 'X-Org', value: 'acme', secret: false }],
      declaredModels: [],
    },
  ]);
  expect(verified).toMatchObject({
    ok: true,
    status: 'ONLINE',
    modelNames: ['llama', 'qwen'],
    warnings: [],
    sharedNames: [],
  });
  expect(await workspace.connections.list()).toEqual([]);
  expect(await workspace.head()).toBe(0);
});

it('tries 16 at once and no more: each waits for an endpoint; one that ended, well or not, makes room', async () => {
  let answer: () => void = () => undefined;
  workspace.answerTrialsAfter(new Promise<void>((resolve) => (answer = resolve)));
  const trials = Array.from({ length: 16 }, () => verify());
  const refused = await refusal(verify());
  expect([refused.code, refused.details]).toEqual(['RATE_LIMITED', { retryAfterMs: 5_000 }]);
  answer();
  expect((await Promise.all(trials)).every(({ ok }) => ok)).toBe(true);
  expect(workspace.tried).toHaveLength(16);
  for (let time = 0; time < 17; time += 1)
    expect((await refusal(verify({ url: 'ftp://x' }))).code).toBe('BAD_USER_INPUT');
  expect(await verify()).toMatchObject({ ok: true });
});

it('reports bad input like adding does, and is for those who may write', async () => {
  const error = await refusal(verify({ url: 'nope nope', apiKey: '••••••••cdef' }));
  expect(fieldsOf(error)).toEqual(['input.url', 'input.apiKey']);
  expect(workspace.tried).toEqual([]);
  const denied = workspace.verification.verify(member(), { kind: 'OPENAI', url: URL });
  expect((await refusal(denied)).code).toBe('FORBIDDEN');
});

it('lets stored secrets serve at their own place, and nowhere else', async () => {
  const headers = [{ name: 'X-Token', value: 'token-value' }];
  const { id } = await workspace.link({ url: URL, apiKey: KEY, headers });
  await verify({ id, url: 'https://api.example.com' });
  expect(workspace.tried.at(-1)).toMatchObject({ apiKey: KEY, headers: [{ name: 'X-Token', value: 'token-value' }] });
  const error = await refusal(verify({ id, url: 'https://evil.example.com/v1' }));
  expect([error.code, ...fieldsOf(error)]).toEqual(['SECRET_REQUIRED', 'input.apiKey', 'input.headers']);
  await verify({ id, url: 'https://evil.example.com/v1', apiKey: 'another-key', headers: [] });
  expect(workspace.tried.at(-1)).toMatchObject({ apiKey: 'another-key', headers: [] });
  expect(workspace.tried).toHaveLength(2);
});

it('says which names are served already, by others than the connection itself', async () => {
  const own = await workspace.link();
  await workspace.discover(own, [discovered('llama')]);
  const other = await workspace.link({ url: 'http://other:1' });
  await workspace.discover(other, [discovered('qwen')]);
  expect((await verify()).sharedNames).toEqual(['llama', 'qwen']);
  expect((await verify({ id: own.id, url: own.url })).sharedNames).toEqual(['qwen']);
});

it('warns of a URL that is linked already for the kind', async () => {
  const { id } = await workspace.link({ url: URL, name: 'First' });
  expect((await verify()).warnings).toMatchObject([{ message: expect.stringContaining('"First"') }]);
  expect((await verify({ id })).warnings).toEqual([]);
  expect((await verify({ kind: 'OLLAMA' })).warnings).toEqual([]);
});

it('warns of a key that travels over plain http to a public address, and of no other', async () => {
  const seenAt = (detail: string) =>
    workspace.answerTrialsWith({ stages: [{ stage: 'ADDRESS', state: 'PASSED', detail, ms: 1, problem: null }] });
  seenAt('93.184.216.34');
  expect((await verify({ url: 'http://plain.example.com', apiKey: KEY })).warnings).toHaveLength(1);
  expect((await verify({ url: 'http://plain.example.com' })).warnings).toEqual([]);
  expect((await verify({ url: 'https://plain.example.com', apiKey: KEY })).warnings).toEqual([]);
  seenAt('10.1.2.3');
  expect((await verify({ url: 'http://plain.example.com', apiKey: KEY })).warnings).toEqual([]);
});
