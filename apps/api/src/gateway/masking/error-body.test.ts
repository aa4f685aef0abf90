import { describe, expect, it } from '@jest/globals';
import { endpointMasks } from '@intrallm/providers';
import { ErrorBody } from './error-body.js';
import { maskedHeaders } from './headers-mask.js';

const KEY = 'sk-<distinct>-51c8a2e4';
const { words: mask } = endpointMasks({ apiKey: KEY, headers: [{ name: 'x-extra', value: 'Distinct-Header-0f1e' }] });

describe('the body of an error', () => {
  it.each(['zstd', 'gzip, gzip', '__proto__'])('in the encoding %j is replaced by a sentence', (encoding) => {
    const about = { 'content-encoding': encoding, 'content-type': 'text/html', 'content-length': '9', etag: 'x' };
    const body = new ErrorBody(500, { ...about, 'retry-after': '1' }, mask);
    const told = Buffer.concat([body.push(Buffer.from(KEY)), body.push(Buffer.from(KEY)), body.end()]);
    expect(told.toString()).toBe(
      'The endpoint answered 500 with a body in an encoding that nobody asked for and that could not be read.',
    );
    expect(body.headers).toEqual({ 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' });
    expect(new ErrorBody(500, about, mask).end()).toEqual(told);
  });

  it('that is plain goes on as it comes, but for what may become a secret', () => {
    const body = new ErrorBody(500, {}, mask);
    const [first, second] = [
      body.push(Buffer.from(`long before ${KEY.slice(0, 10)}`)),
      body.push(Buffer.from('other')),
    ];
    expect(first.toString()).toBe('long before ');
    expect(Buffer.concat([first, second, body.end()]).toString()).toBe(`long before ${KEY.slice(0, 10)}other`);
  });
});

describe('headers of an answer', () => {
  it('are the same object where nothing is repeated', () => {
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-many': ['a', '100% & more than a little'],
    };
    expect(maskedHeaders(headers, mask)).toBe(headers);
  });

  it('are masked wherever they repeat something, with nothing else changed', () => {
    const headers = {
      'x-echo-authorization': `Bearer ${KEY}`,
      'x-encoded': `key=${encodeURIComponent(KEY)}; path=/`,
      'x-many': ['plain', `"${KEY}"`],
      'x-distinct-header-0f1e': 'in the name',
      'x-plain': 'plain',
    };
    const masked = maskedHeaders(headers, mask);
    expect(masked).toEqual({
      'x-echo-authorization': `Bearer ${'*'.repeat(KEY.length)}`,
      'x-encoded': `key=${'*'.repeat(encodeURIComponent(KEY).length)}; path=/`,
      'x-many': ['plain', `"${'*'.repeat(KEY.length)}"`],
      'x-plain': 'plain',
    });
    expect(headers['x-many'][1]).toContain(KEY);
  });
});
