import { describe, expect, it } from '@jest/globals';
import { threadCpuMs } from '@intrallm/simulator';
import { endpointMasks, type SecretMask } from './secret-mask.js';

const STARS = /^[\x20-\x7e]*$/;
const KEY = 'sk-<Dist/inct>&"key"+51c8';
const BASIC = 'ada@example.org:pass/word&é<42>';

const masksOf = (apiKey: string | null, ...values: string[]): SecretMask =>
  endpointMasks({ apiKey, headers: values.map((value, index) => ({ name: `x-${String(index)}`, value })) }).words;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const each = (text: string, change: (char: string, code: number) => string): string =>
  [...text].map((char) => change(char, char.codePointAt(0) ?? 0)).join('');
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** Ways in which servers write what they were sent. */
const WAYS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'JSON, as JavaScript writes it': (text) => JSON.stringify(text).slice(1, -1),
  'JSON, as Go writes it': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[<>&]/g, (char) => `\\u00${hex(char.charCodeAt(0), 2)}`),
  'JSON, as PHP writes it': (text) =>
    each(
      JSON.stringify(text)
        .slice(1, -1)
        .replaceAll('/', String.raw`\/`),
      (char, code) => (code < 0x80 ? char : `\\u${hex(code, 4)}`),
    ),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'every character as \\u': (text) => each(text, (_, code) => `\\u${hex(code, 4)}`),
  'every character as \\u in upper case': (text) => each(text, (_, code) => `\\u${hex(code, 4).toUpperCase()}`),
  'every character as \\u{}': (text) => each(text, (_, code) => `\\u{${hex(code, 1)}}`),
  'Python, repr of bytes': (text) =>
    [...Buffer.from(text)].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${hex(byte, 2)}`)).join(''),
  'HTML by name': (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  'HTML by number': (text) => each(text, (_, code) => `&#${String(code)};`),
  'HTML in hexadecimal': (text) => each(text, (_, code) => `&#x${hex(code, 4).toUpperCase()};`),
  'HTML twice': (text) => each(text, (_, code) => `&amp;#${String(code)};`),
  percent: (text) => encodeURIComponent(text),
  'percent in lower case': (text) => encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase()),
  'percent for every byte': (text) => [...Buffer.from(text)].map((byte) => `%${hex(byte, 2)}`).join(''),
  'percent twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  Base64: base64,
  'Base64 without padding': (text) => base64(text).replace(/=+$/, ''),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'Base64 as a URL has it': (text) => encodeURIComponent(base64(text)),
  'Base64 as PHP writes it in JSON': (text) => base64(text).replaceAll('/', String.raw`\/`),
  'Base64 as Java writes it in JSON': (text) => base64(text).replaceAll('=', String.raw`\u003d`),
  'Base64 in lines': (text) => base64(text).replace(/.{8}(?=.)/g, '$&\r\n'),
  'Base64 in lines in JSON': (text) => base64(text).replace(/.{8}(?=.)/g, String.raw`$&\n`),
  'hexadecimal digits': (text) => Buffer.from(text).toString('hex'),
  'hexadecimal digits, upper case': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'lower case': (text) => text.toLowerCase(),
  'upper case': (text) => text.toUpperCase(),
  'octal, as C and PHP write it': (text) =>
    [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  'octal for what is no letter': (text) =>
    [...Buffer.from(text)]
      .map((byte) =>
        /\w/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`,
      )
      .join(''),
  'HTML by number, without semicolons': (text) => each(text, (_, code) => `&#${String(code)}`),
  'HTML in hexadecimal, without semicolons': (text) => each(text, (_, code) => `&#x${hex(code, 4)}`),
  'percent, as JavaScript escapes': (text) => each(text, (_, code) => `%u${hex(code, 4)}`),
  'bytes with blanks': (text) =>
    Buffer.from(text)
      .toString('hex')
      .replace(/..(?=.)/g, '$& '),
  'bytes with colons, upper case': (text) =>
    Buffer.from(text)
      .toString('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$&:'),
  'bytes with hyphens, as .NET prints them': (text) =>
    Buffer.from(text)
      .toString('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$&-'),
  'bytes as Go prints them': (text) => [...Buffer.from(text)].join(' '),
  'bytes as JSON has them': (text) => [...Buffer.from(text)].join(','),
  'bytes as Python prints them': (text) => [...Buffer.from(text)].join(', '),
};

describe.each([
  ['a key', KEY, KEY],
  ['the pair of Basic', BASIC, BASIC],
  ['the password of Basic', BASIC, BASIC.slice(BASIC.indexOf(':') + 1)],
  ['the value of a header', 'other-key', 'value of/a <header>', 'value of/a <header>'],
  ['what a header carries behind its scheme', 'other-key', 'tok/en-0123', 'Bearer tok/en-0123'],
  ['the password in a header', 'other-key', 'pass+word-99', `Basic ${base64('someone:pass+word-99')}`],
])('%s', (_, apiKey, secret, header?: string) => {
  const mask = header === undefined ? masksOf(apiKey) : masksOf(apiKey, header);

  it.each(Object.keys(WAYS))('is found: %s', (way) => {
    const written = WAYS[way]?.(secret) ?? '';
    const text = `{"error":"${written}"}`;
    const masked = mask.bytes(Buffer.from(text)).toString();
    expect(masked).toBe(`{"error":"${'*'.repeat(Buffer.byteLength(written))}"}`);
    expect(masked).toMatch(STARS);
    expect(mask.text(text, '•••')).toBe('{"error":"•••"}');
  });

  it.each(Object.keys(WAYS))('is found in parts of any length: %s', (way) => {
    const text = Buffer.from(`${'.'.repeat(7)}${WAYS[way]?.(secret) ?? ''}"; &amp %4`);
    const expected = mask.bytes(text).toString();
    for (const length of [1, 2, 3, 7, 64]) {
      const stream = mask.stream();
      const parts: Buffer[] = [];
      for (let at = 0; at < text.length; at += length) parts.push(stream.push(text.subarray(at, at + length)));
      parts.push(stream.end());
      expect(Buffer.concat(parts).toString()).toBe(expected);
    }
  });
});

describe('what is masked', () => {
  it('is a secret inside of something longer in Base64, but for the letters that its neighbours share', () => {
    const mask = masksOf('sk-distinct-51c8a2e4');
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = base64(`{"${before}":"Bearer sk-distinct-51c8a2e4"}`);
      const masked = mask.bytes(Buffer.from(text)).toString();
      expect(masked).toMatch(/\*{24,}/);
      expect(Buffer.from(masked.replaceAll('*', ''), 'base64').toString()).not.toContain('stinct');
    }
  });

  it('is a short key behind its scheme, and nowhere else', () => {
    const mask = masksOf('none');
    const text = `none of Bearer none or Basic ${base64('none')}`;
    expect(mask.bytes(Buffer.from(text)).toString()).toBe(`none of *********** or ${'*'.repeat(14)}`);
  });

  it('is Latin-1 as it was sent, and as a server that took it for UTF-8 tells it', () => {
    const mask = masksOf('clé-secrète');
    for (const text of [Buffer.from('clé-secrète', 'latin1'), Buffer.from('cl\ufffd-secr\ufffdte')])
      expect(mask.bytes(text).toString()).toBe('*'.repeat(text.length));
  });

  it('is UTF-16', () => {
    const masked = masksOf('sk-distinct-51c8a2e4').bytes(Buffer.from('key sk-distinct-51c8a2e4.', 'utf16le'));
    expect(masked.toString('utf16le')).not.toContain('distinct');
  });

  it('is each of overlapping secrets', () => {
    const mask = masksOf('abcdefgh', 'efghijkl', 'abcabcabd');
    expect(mask.bytes(Buffer.from('-abcdefghijkl-abcabcabcabd-')).toString()).toBe(
      `-${'*'.repeat(12)}-abc${'*'.repeat(9)}-`,
    );
  });

  it('is no ordinary text, which stays byte for byte', () => {
    const text = Buffer.from([...Array(256).keys()]);
    expect(masksOf(KEY, BASIC).bytes(text)).toBe(text);
    const stream = masksOf(KEY).stream();
    expect(Buffer.concat([stream.push(text), stream.end()])).toEqual(text);
    expect(masksOf(null).bytes(text)).toBe(text);
  });

  it('is no word in the names that an endpoint gives, nor the value of an open header', () => {
    const headers = [
      { name: 'x-open', value: 'tenant-0123', secret: false },
      { name: 'x-hidden', value: 'hidden-0123', secret: true },
    ];
    const { names, words } = endpointMasks({ apiKey: 'ollama', headers });
    const text = 'ollama tenant-0123 hidden-0123';
    expect(names.text(text, '*')).toBe('ollama tenant-0123 *');
    expect(words.text(text, '*')).toBe('* * *');
  });
});

describe('the time that a search takes', () => {
  const secrets = Array.from({ length: 8 }, (_, index) => 'ab'.repeat(1_000) + String(index));
  const mask = masksOf('sk-'.repeat(2_000), ...secrets);
  mask.find(Buffer.from('compiled'));

  it.each([
    ['words', 'model not found '],
    ['the beginning of secrets again and again', 'ab'],
    ['the beginning of a key', 'sk-'],
    ['escapes that are none', String.raw`\u00`],
    ['escapes in escapes', '%25'],
    ['references that never end', '&quo&quo'],
    ['backslashes', '\\'],
    ['line breaks within a secret', 'ababababab\n\n\n\n\n\n\n\n'],
  ])('grows with the length alone: %s', (_, unit) => {
    const cpuOf = (length: number): number => {
      const text = Buffer.from(unit.repeat(length / unit.length));
      const before = threadCpuMs();
      const stream = mask.stream();
      for (let at = 0; at < text.length; at += 16_384) stream.push(text.subarray(at, at + 16_384));
      stream.end();
      return threadCpuMs() - before;
    };
    cpuOf(32_768);
    // The best of three: what counts is the work, and not a collection of garbage that fell into it.
    const best = (length: number): number => Math.min(cpuOf(length), cpuOf(length), cpuOf(length));
    // Eight times as long; quadratic would be 64 times. The account is kept to 4 ms.
    expect(best(524_288) / Math.max(best(65_536), 4)).toBeLessThan(32);
  });
});
