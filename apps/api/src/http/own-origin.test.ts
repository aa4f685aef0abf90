import { describe, expect, it } from '@jest/globals';
import { OwnOrigin } from './own-origin.js';

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
    const rule = new OwnOrigin(PUBLIC);
    expect(rule.isOwn(message)).toBe(isOwn);
    if (isOwn) expect(() => rule.require(message)).not.toThrow();
    else expect(() => rule.require(message)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});
