import { describe, expect, it } from '@jest/globals';
import { responseHeaders } from '../forwarding/forwarded-headers.js';
import { writableValue } from './header-value.js';

/** As undici gives the bytes of it. */
const asBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('the name of a file', () => {
  it.each([
    ['attachment; filename="语音.mp3"', `attachment; filename="__.mp3"; filename*=UTF-8''%E8%AF%AD%E9%9F%B3.mp3`],
    [
      'attachment; filename=Grüße.txt; size=3',
      `attachment; filename="Gr__e.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt; size=3`,
    ],
    [
      'inline; filename="a \\"b\\" 🙂(1).png"',
      `inline; filename="a _b_ _(1).png"; filename*=UTF-8''a%20%22b%22%20%F0%9F%99%82%281%29.png`,
    ],
    [`attachment; filename="ü"; filename*=UTF-8''%C3%BC`, `attachment; filename="_"; filename*=UTF-8''%C3%BC`],
    ['attachment; filename="plain.mp3"', 'attachment; filename="plain.mp3"'],
    ['attachment; name="ü"', null],
    [`attachment; filename="${'ü'.repeat(5_000)}"`, null],
  ])('%s is written so that all clients read it', (given, written) => {
    expect(writableValue('content-disposition', asBytes(given))).toBe(written);
  });

  it('in Latin-1 is read as that', () => {
    expect(writableValue('content-disposition', 'attachment; filename="é.txt"')).toBe(
      `attachment; filename="_.txt"; filename*=UTF-8''%C3%A9.txt`,
    );
  });
});

it.each([
  ['x-note', asBytes('Grüße'), asBytes('Grüße')],
  ['x-note', 'a\u0001b', null],
  ['x-note', 'a\r\nb', null],
  ['x-note', '语', null],
])('the value of %s %j is written as %j', (name, value, written) => {
  expect(writableValue(name, value)).toBe(written);
});

describe('the headers of an answer', () => {
  const pairs = (upstream: Record<string, string | string[]>) => {
    const list = responseHeaders(upstream);
    return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : []));
  };

  it('mean one thing once, and others as often as they came', () => {
    expect(pairs({ 'content-type': ['text/plain', 'text/html'], 'x-a': ['1', '2'] })).toEqual([
      ['content-type', 'text/plain'],
      ['x-a', '1'],
      ['x-a', '2'],
    ]);
  });

  it('are left out where clients would not take as many', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${String(index)}`, 'v']));
    expect(pairs({ 'content-type': 'text/plain', ...many })).toHaveLength(80);
    const long = { 'x-long': 'y'.repeat(20_000), 'x-short': 'z' };
    expect(pairs(long)).toEqual([['x-short', 'z']]);
  });
});
