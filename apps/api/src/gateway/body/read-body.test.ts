import { describe, expect, it } from '@jest/globals';
import { calmestStretch } from '@intrallm/simulator';
import { readBody, type ReadBody } from './body-scanner.js';

/** How long one body may hold the event loop, in milliseconds of CPU. */
const MOST_MS = 20;

const read = async (body: string | Buffer, isBoundToModels = false): Promise<ReadBody> =>
  readBody(Buffer.from(body as string, 'utf8'), { isBoundToModels });
const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

describe('a body of JSON', () => {
  it('may begin with the byte order mark of UTF-8, which is not sent on', async () => {
    const body = await read(bytes([0xef, 0xbb, 0xbf], '{"model":"m"}'));
    expect([body.model?.value, body.bytes.toString()]).toEqual(['m', '{"model":"m"}']);
  });

  it.each([
    ['UTF-16, little end first', Buffer.from('\ufeff{"model":"m"}', 'utf16le'), 'UTF-16'],
    ['UTF-16, big end first', Buffer.from('\ufeff{"model":"m"}', 'utf16le').swap16(), 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from('{"model":"m"}', 'utf16le'), 'UTF-16'],
    ['a byte that is no UTF-8 in a key', bytes('{"mo', [0x80], 'del":"x","model":"m"}'), 'UTF-8'],
    ['an overlong letter in a key', bytes('{"', [0xc1, 0xad], 'odel":"x","model":"m"}'), 'UTF-8'],
    ['a lead byte that swallows a quote', bytes('{"a":"', [0xe2], '","model":"m"}'), 'UTF-8'],
    ['half a pair in a key', '{"mod\\ud800el":"x","model":"m"}', 'key'],
    ['a zero in a key', '{"model\\u0000":"x","model":"m"}', 'key'],
    ['a line end in a key', '{"mod\nel":"x","model":"m"}', 'key'],
    ['an escape that is none in a key', '{"mod\\xel":"x","model":"m"}', 'key'],
    ['a key that is longer than any', `{"${'\\u006d'.repeat(1_000)}":"x","model":"m"}`, 'key'],
    ['the same key with an escape', '{"model":"m","mod\\u0065l":"x"}', 'once'],
    ['another case with an escape', '{"model":"m","\\u004dODEL":"x"}', 'once'],
    ['NaN', '{"model":"m","temperature":NaN}', 'JSON'],
    ['Infinity in a list', '{"model":"m","x":[-Infinity]}', 'JSON'],
    ['a comment that hides a string', '{"x":[/*"*/],"model":"a","y":"*/],"model":"m"}', 'JSON'],
    ['a comment of a line', '{"x":[1 //"\n],"model":"a"}', 'JSON'],
    ['single quotes', `{"x":['"'],"model":"m"}`, 'JSON'],
    ['a key without quotes', '{"x":{model:1},"model":"m"}', 'JSON'],
    ['brackets that do not belong together', '{"x":[},"model":"m"}', 'JSON'],
    ['the same the other way round', '{"x":{],"model":"m"}', 'JSON'],
    ['two values', '{"x":1 2,"model":"m"}', 'JSON'],
    ['a comma at the end', '{"model":"m",}', 'JSON'],
    ['no value', '{"x":,"model":"m"}', 'JSON'],
    ['what lies deeper than parsers go', `{"model":"m","x":${'['.repeat(6_000)}${']'.repeat(6_000)}}`, 'JSON'],
  ])('is refused with %s', async (_what, body, told) => {
    await expect(read(body)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(read(body)).rejects.toThrow(told);
  });

  it('has no model where that is half a pair of letters', async () => {
    expect((await read('{"model":"m\\ud800"}')).model).toBeNull();
  });

  it('may have keys and texts in any language', async () => {
    expect(
      (await read('{"ключ":"\\ud83d\\ude00 ü","model":"ü","\\u00fc":{"a":[1.5e-3,true,false,null]}}')).model?.value,
    ).toBe('ü');
  });
});

describe('of a token that is bound to some models, what chooses others', () => {
  it.each([
    ['{"models":["x"],"model":"m"}', '{"model":"m"}', ['models']],
    ['{"model":"m","models":["x"]}', '{"model":"m"}', ['models']],
    ['{"model":"m", "models":["x"] , "route":"fallback" }', '{"model":"m" }', ['models', 'route']],
    ['{"route":1,"model":"m","fallbacks":[{"a":["}"]}],"n":1}', '{"model":"m","n":1}', ['route', 'fallbacks']],
    [
      '{"route":1,"models":2,"model":"m","fallbacks":3,"a":1,"fallbacks":4}',
      '{"model":"m","a":1}',
      ['route', 'models', 'fallbacks'],
    ],
    ['{"EXTRA_BODY":{"model":"x"},"model":"m"}', '{"model":"m"}', ['extra_body']],
    ['{"model":"m","mode\\u006cs":["x"],"modelſ":1}', '{"model":"m"}', ['models']],
    ['{"model":"m","provider":"other"}', '{"model":"m"}', ['provider']],
    ['{"model":"m","provider":{"data_collection":"deny"}}', '{"model":"m","provider":{"data_collection":"deny"}}', []],
    [
      '{"fallback-models":["x"],"model":"m","fallbackModels":["x"]}',
      '{"model":"m"}',
      ['fallback-models', 'fallbackmodels'],
    ],
    ['{"model":"m","speculative_model":"x","deployment":"x"}', '{"model":"m"}', ['speculative_model', 'deployment']],
    ['{"model":"m","modelProvider":"x","lora-request":{}}', '{"model":"m"}', ['modelprovider', 'lora-request']],
    ['{"model":"m","model\u200b":"x","_model":"x"}', '{"model":"m"}', ['model\u200b', '_model']],
    ['{"model":"m","modalities":["text"],"mode":1}', '{"model":"m","modalities":["text"],"mode":1}', []],
    ['{"model":"m","x":{"models":["nested"]}}', '{"model":"m","x":{"models":["nested"]}}', []],
  ])('is taken out of %s', async (body, left, dropped) => {
    expect((await read(body)).bytes.toString()).toBe(body);
    const bound = await read(body, true);
    expect([bound.bytes.toString(), bound.dropped]).toEqual([left, dropped]);
    expect(bound.bytes.toString('utf8', bound.model!.start, bound.model!.end)).toBe('"m"');
  });

  it('is refused where it is there without end', async () => {
    await expect(read(`{"model":"m"${',"models":1'.repeat(100)}}`, true)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

describe('a large body', () => {
  const MB = 1024 * 1024;
  it.each([
    ['a list without end', () => `{"model":"m","x":[${'0,'.repeat(15 * MB)}0]}`],
    ['blanks', () => `{"model":"m","x":[${' '.repeat(31 * MB)}]}`],
    ['keys', () => `{"model":"m"${Array.from({ length: 1_000_000 }, (_, at) => `,"${String(at)}":1`).join('')}}`],
    [
      'keys with escapes',
      () => `{"model":"m"${Array.from({ length: 700_000 }, (_, at) => `,"\\u0061${String(at)}":[]`).join('')}}`,
    ],
    ['keys that choose models, in objects', () => `{"model":"m","x":[${'{"models":1},'.repeat(2 * MB)}{}]}`],
    ['a text of quotes', () => `{"model":"m","x":"${'\\"'.repeat(15 * MB)}"}`],
    ['a text of backslashes', () => `{"model":"m","x":"${'\\\\'.repeat(15 * MB)}"}`],
    ['a text with a quote now and then', () => `{"model":"m","x":"${`${'x'.repeat(200)}\\"`.repeat(150_000)}"}`],
    ['texts of one letter', () => `{"model":"m","x":[${'"a",'.repeat(7 * MB)}""]}`],
    ['a long text', () => `{"model":"m","x":"${'ü'.repeat(15 * MB)}"}`],
  ])('of %s keeps nobody else waiting', async (_what, make) => {
    const body = Buffer.from(make());
    const { result, ms } = await calmestStretch(MOST_MS, async () => readBody(body, { isBoundToModels: true }));
    expect(result.model?.value).toBe('m');
    expect(ms).toBeLessThanOrEqual(MOST_MS);
  });
});
