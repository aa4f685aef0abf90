import { describe, expect, it } from '@jest/globals';
import { authHeaders, headerNameProblem, headerValueProblem } from './auth-headers.js';
import type { AuthScheme } from './provider.js';

describe('authHeaders', () => {
  const endpoint = (auth: AuthScheme, apiKey: string | null = 'key') => ({ auth, apiKey, headers: [] });

  it.each([
    ['NONE', {}],
    ['BEARER', { authorization: 'Bearer key' }],
    ['API_KEY', { 'api-key': 'key' }],
    ['X_API_KEY', { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' }],
  ] as const)('%s', (auth, expected) => expect(authHeaders(endpoint(auth))).toEqual(expected));

  it('encodes user:password of Basic as UTF-8', () => {
    const { authorization } = authHeaders(endpoint('BASIC', 'me:pä:ss'));
    expect(Buffer.from(String(authorization).replace('Basic ', ''), 'base64').toString()).toBe('me:pä:ss');
  });

  it('sends nothing without a key, and extra headers always, those winning over the scheme', () => {
    expect(authHeaders(endpoint('BEARER', null))).toEqual({});
    const headers = [
      { name: 'X-Tenant', value: 'seven' },
      { name: 'Anthropic-Version', value: '2027-01-01' },
    ];
    const all = { ...endpoint('X_API_KEY'), headers };
    expect(authHeaders(all)).toEqual({ 'x-api-key': 'key', 'anthropic-version': '2027-01-01', 'x-tenant': 'seven' });
    expect(authHeaders(all, true)).toEqual({ 'anthropic-version': '2027-01-01', 'x-tenant': 'seven' });
  });

  it('leaves out a stored header that must not be sent', () => {
    expect(authHeaders({ ...endpoint('NONE'), headers: [{ name: 'Host', value: 'elsewhere' }] })).toEqual({});
  });
});

describe('header names and values', () => {
  it.each([
    'Host',
    'content-length',
    'Connection',
    'Transfer-Encoding',
    'Cookie',
    'Origin',
    'X-Forwarded-For',
    'Sec-Fetch-Mode',
    'a b',
    '__proto__',
    '',
    'x:y',
  ])('refuses the name %j', (name) => expect(headerNameProblem(name)).not.toBeNull());

  it.each(['Authorization', 'api-key', 'X-Tenant', 'OpenAI-Organization', 'cf-access-client-secret'])(
    'allows the name %s',
    (name) => expect(headerNameProblem(name)).toBeNull(),
  );

  it('refuses a value that would begin another header or cannot be sent', () => {
    expect(['a\r\nb', 'a\0b', '😀'].map(headerValueProblem)).not.toContain(null);
    expect(headerValueProblem('plain value; ü')).toBeNull();
  });
});
