import { describe, expect, it } from '@jest/globals';
import { withoutUrlSecrets } from './url-secrets.js';

describe('withoutUrlSecrets', () => {
  it.each([
    ['see http://me:pass@host:1/v1, or', 'see http://•••@host:1/v1, or'],
    ['http://token@host', 'http://•••@host'],
    ['http://me:p@ss@host/a@b', 'http://•••@host/a@b'],
    ['http://host/v1?key=abc', 'http://host/v1?key=•••'],
    ['http://host/v1?a=1&api_key=abc&b=2#access_token=xyz', 'http://host/v1?a=1&api_key=•••&b=2#access_token=•••'],
    ['"/v1?apikey=abc"', '"/v1?apikey=•••"'],
    ['/v1?API-KEY=abc&amp;X-Amz-Signature=0f', '/v1?API-KEY=•••&amp;X-Amz-Signature=•••'],
    ['/v1?subscription-key=abc;client_secret=def', '/v1?subscription-key=•••;client_secret=•••'],
  ])('makes of %j %j', (text, expected) => expect(withoutUrlSecrets(text)).toBe(expected));

  it.each(['ada@example.org', 'a == b', 'http://host/v1?api-version=1&keys=2&monkey=3', 'x = key=1'])(
    'leaves %j as it is',
    (text) => expect(withoutUrlSecrets(text)).toBe(text),
  );
});
