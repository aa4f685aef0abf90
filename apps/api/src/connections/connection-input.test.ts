import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openWorkspace, refusal, type Workspace } from '../../test/support/workspace.js';
import type { AddConnection } from './settings/connection-settings.js';

const KEY = 'sk-test-1234567890abcdef';
let workspace: Workspace;

beforeAll(async () => {
  workspace = await openWorkspace();
});
afterAll(() => workspace.close());

describe('a connection', () => {
  it.each<[string, Partial<AddConnection>, string]>([
    ['no URL', { url: 'not a url' }, 'url'],
    ['an unsupported scheme', { url: 'file:///etc/passwd' }, 'url'],
    ['a query', { url: 'https://example.com/v1?key=1' }, 'url'],
    ['a fragment', { url: 'https://example.com/v1#x' }, 'url'],
    ['an over-long URL', { url: `https://example.com/${'a'.repeat(2_048)}` }, 'url'],
    ['an over-long name', { name: 'n'.repeat(121) }, 'name'],
    ['a name with control characters', { name: 'a\u0007b' }, 'name'],
    ['a name that nobody can see', { name: '\u200b\u2060' }, 'name'],
    ['a name that turns the text around it', { name: 'a\u202egpj.exe' }, 'name'],
    ['a name with half a character', { name: 'a\ud800' }, 'name'],
    ['a header that JavaScript would lose', { headers: [{ name: '__proto__', value: '1' }] }, 'headers.0.name'],
    ['an empty key', { apiKey: '' }, 'apiKey'],
    ['a key of spaces', { apiKey: '   ' }, 'apiKey'],
    ['a masked key', { apiKey: '********' }, 'apiKey'],
    ['an over-long key', { apiKey: 'k'.repeat(8_193) }, 'apiKey'],
    ['a key over two lines', { apiKey: 'abc\r\nX-Evil: 1' }, 'apiKey'],
    ['a Basic key without a colon', { apiKey: 'secret', auth: 'BASIC' }, 'apiKey'],
    ['a user in the URL beside a key', { url: 'https://u:p@example.com', apiKey: KEY }, 'url'],
    [
      'too many headers',
      { headers: Array.from({ length: 33 }, (_, i) => ({ name: `x-${i}`, value: '1' })) },
      'headers',
    ],
    ['a cookie header', { headers: [{ name: 'Cookie', value: 'a=b' }] }, 'headers.0.name'],
    ['a hop-by-hop header', { headers: [{ name: 'Connection', value: 'close' }] }, 'headers.0.name'],
    ['a content-length header', { headers: [{ name: 'content-length', value: '1' }] }, 'headers.0.name'],
    [
      'a header twice',
      {
        headers: [
          { name: 'X-A', value: '1' },
          { name: 'x-a', value: '2' },
        ],
      },
      'headers.1.name',
    ],
    ['an over-long header value', { headers: [{ name: 'X-A', value: 'v'.repeat(8_193) }] }, 'headers.0.value'],
    ['a masked header value', { headers: [{ name: 'X-A', value: '••••••••' }] }, 'headers.0.value'],
    ['a header value over two lines', { headers: [{ name: 'X-A', value: 'a\nb' }] }, 'headers.0.value'],
    ['too many tags', { tags: Array.from({ length: 65 }, String) }, 'tags'],
    ['too many declared models', { declaredModels: Array.from({ length: 2_001 }, String) }, 'declaredModels'],
    [
      'too many aliases',
      { modelAliases: Array.from({ length: 2_001 }, (_, i) => ({ upstreamId: `${i}`, name: `${i}` })) },
      'modelAliases',
    ],
    ['a fraction as priority', { priority: 1.5 }, 'priority'],
    ['an endless deadline', { firstByteTimeoutMs: 3_600_001 }, 'firstByteTimeoutMs'],
  ])('refuses %s, naming the field', async (_what, input, field) => {
    const error = await refusal(workspace.link(input));
    expect([error.code, error.details.field]).toEqual(['BAD_USER_INPUT', field]);
    expect(error.message).not.toContain('p@example');
  });

  it('has no name that looks like the one of another', async () => {
    await workspace.link({ name: 'Rack 4' });
    const error = await refusal(workspace.link({ name: 'Rack\u200b 4' }));
    expect([error.code, error.details.field]).toEqual(['CONFLICT', 'name']);
  });
});
