import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { TrustedProxies } from './proxies.js';

const message = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('TrustedProxies', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8', '::1']);

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['::1', true],
    ['11.0.0.1', false],
    ['::2', false],
    ['nonsense', false],
    [undefined, false],
  ])('judges %p', (address, trusted) => {
    expect(proxies.trusts(address)).toBe(trusted);
  });

  it('believes X-Forwarded-For from proxies only, and only up to the first hop that is none', () => {
    expect(proxies.clientIp(message('203.0.113.9', '192.0.2.1'))).toBe('203.0.113.9');
    expect(proxies.clientIp(message('10.0.0.1', '192.0.2.1'))).toBe('192.0.2.1');
    expect(proxies.clientIp(message('10.0.0.1', '1.1.1.1, 192.0.2.1, 10.0.0.2'))).toBe('192.0.2.1');
    expect(proxies.clientIp(message('10.0.0.1', 'nonsense'))).toBe('10.0.0.1');
    expect(proxies.clientIp(message('10.0.0.1'))).toBe('10.0.0.1');
  });

  it('trusts nobody by default', () => {
    expect(new TrustedProxies([]).trusts('127.0.0.1')).toBe(false);
  });
});
