import { describe, expect, it } from '@jest/globals';
import { OwnOrigin } from './own-origin.js';
import { TrustedProxies } from './proxies.js';

const PUBLIC = 'https://models.example.com';
const HOST = 'localhost:4000';

describe('OwnOrigin', () => {
  it.each([
    ['our public URL', { method: 'POST', headers: { origin: PUBLIC, host: '10.0.0.5:4000' } }, true],
    ['the host it connected to', { method: 'POST', headers: { origin: 'http://localhost:4000', host: HOST } }, true],
    [
      'another port of the same host',
      { method: 'POST', headers: { origin: 'http://localhost:3000', host: HOST } },
      false,
    ],
    [
      'the same host in capitals',
      { method: 'POST', headers: { origin: 'http://localhost:4000', host: 'LOCALHOST:4000' } },
      true,
    ],
    [
      'our public URL without TLS',
      { method: 'POST', headers: { origin: 'http://models.example.com', host: 'models.example.com' } },
      false,
    ],
    [
      'another port of it without TLS',
      { method: 'POST', headers: { origin: 'http://models.example.com:8080', host: 'models.example.com:8080' } },
      false,
    ],
    [
      'the same under its full name',
      { method: 'POST', headers: { origin: 'http://models.example.com.', host: 'models.example.com.' } },
      false,
    ],
    ['another site', { method: 'POST', headers: { origin: 'https://evil.example', host: HOST } }, false],
    [
      'a name that begins like ours',
      { method: 'POST', headers: { origin: `${PUBLIC}.evil.example`, host: HOST } },
      false,
    ],
    ['a sandboxed page', { method: 'POST', headers: { origin: 'null', host: HOST } }, false],
    ['another site that only reads', { method: 'GET', headers: { origin: 'https://evil.example', host: HOST } }, false],
    ['no Origin, changing', { method: 'POST', headers: { host: HOST } }, false],
    ['no Origin, reading', { method: 'GET', headers: { host: HOST } }, true],
    ['no Origin, our own page', { method: 'POST', headers: { host: HOST, 'sec-fetch-site': 'same-origin' } }, true],
    ['no Origin, typed in', { method: 'GET', headers: { host: HOST, 'sec-fetch-site': 'none' } }, true],
    ['no Origin, another port', { method: 'GET', headers: { host: HOST, 'sec-fetch-site': 'same-site' } }, false],
    ['no Origin, another site', { method: 'GET', headers: { host: HOST, 'sec-fetch-site': 'cross-site' } }, false],
  ])('judges a request from %s', (_from, message, isOwn) => {
    const rule = new OwnOrigin(PUBLIC, new TrustedProxies([]));
    expect(rule.isOwn(message)).toBe(isOwn);
    if (isOwn) expect(() => rule.require(message)).not.toThrow();
    else expect(() => rule.require(message)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});

describe('behind a trusted proxy, without a public URL', () => {
  const rule = new OwnOrigin(null, new TrustedProxies(['10.0.0.0/8']));
  const asked = (origin: string, headers: Record<string, string>, remoteAddress = '10.0.0.1') =>
    rule.isOwn({ method: 'POST', headers: { origin, ...headers }, socket: { remoteAddress } });

  it('an Origin is ours by the host and the scheme that the proxy tells', () => {
    const told = { host: 'inner:4000', 'x-forwarded-host': 'models.example', 'x-forwarded-proto': 'https' };
    expect(asked('https://models.example', told)).toBe(true);
    expect(asked('http://models.example', told)).toBe(false);
    expect(asked('https://inner:4000', told)).toBe(false);
    expect(asked('https://models.example', { ...told, 'x-forwarded-proto': 'https, http' })).toBe(true);
    expect(asked('http://models.example', { host: 'models.example', 'x-forwarded-proto': 'http' })).toBe(true);
    expect(asked('https://models.example', { host: 'models.example:443', 'x-forwarded-proto': 'https' })).toBe(true);
  });

  it('what anybody else tells is not believed', () => {
    const told = { host: 'inner:4000', 'x-forwarded-host': 'models.example', 'x-forwarded-proto': 'https' };
    expect(asked('https://models.example', told, '192.168.0.1')).toBe(false);
    expect(asked('http://inner:4000', told, '192.168.0.1')).toBe(true);
  });
});
