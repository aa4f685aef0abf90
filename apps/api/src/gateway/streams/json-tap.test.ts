import { describe, expect, it } from '@jest/globals';
import { JsonTap } from './json-tap.js';

/** What the tap has seen of a text that comes in pieces of each size. */
function tapped(text: string) {
  const bytes = Buffer.from(text);
  const results = [1, 5, 1_000, bytes.length || 1].map((size) => {
    const tap = new JsonTap();
    for (let start = 0; start < bytes.length; start += size) tap.push(bytes.subarray(start, start + size));
    return [tap.tokens.input, tap.tokens.output, tap.hasError];
  });
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0];
}

const LONG = 'y'.repeat(40_000);

it.each([
  ['usage at the end', '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}', 3, 4],
  [
    'usage first, and a long answer behind it',
    `{"id":"x","usage":{"prompt_tokens":3,"completion_tokens":4},"choices":[{"message":{"content":"${LONG}"}}]}`,
    3,
    4,
  ],
  ['usage in the middle', `{"a":"${LONG}","usage":{"prompt_tokens":3,"completion_tokens":4},"b":"${LONG}"}`, 3, 4],
  [
    'with more behind it',
    '{"usage": {"prompt_tokens":3,"completion_tokens_details":{"a":1},"completion_tokens":4} ,"timings":{"x":1}}\n',
    3,
    4,
  ],
  ['with braces in its texts', '{"usage":{"kind":"}{\\"","prompt_tokens":3,"completion_tokens":4}}', 3, 4],
  ['of embeddings', `{"data":[${'0.123456,'.repeat(5_000)}0],"usage":{"prompt_tokens":9,"total_tokens":9}}`, 9, null],
  ['of Responses', '{"usage":{"input_tokens":1,"output_tokens":2}}', 1, 2],
  ['of Groq', '{"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}},"usage":null}', 1, 2],
  [
    'behind a text that speaks of it',
    '{"choices":[{"message":{"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}}],"usage":{"prompt_tokens":5}}',
    5,
    null,
  ],
])('reads %s', (_what, text, input, output) => {
  expect(tapped(text)).toEqual([input, output, false]);
});

it.each([
  ['nothing', ''],
  ['no usage', '{"choices":[]}'],
  ['usage null', '{"usage":null}'],
  ['usage that is a number', '{"usage":7,"x":{"prompt_tokens":1}}'],
  ['a text only', '{"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}'],
  ['an answer that was cut', '{"usage":{"prompt_tokens":1'],
  ['usage that is far too long', `{"usage":{"prompt_tokens":1,"x":"${LONG}"}}`],
])('finds no tokens in %s', (_what, text) => {
  expect(tapped(text)).toEqual([null, null, false]);
});

describe('an error', () => {
  it.each(['{"error":"no memory"}', '\n\n { "error" : {"message":"m"}}', '\uFEFF{"error":{}}'])(
    'is seen in %j',
    (text) => {
      expect(tapped(text)?.[2]).toBe(true);
    },
  );

  it.each(['{"error":null,"choices":[]}', '{"choices":[],"error":{}}', '{"message":"{\\"error\\":1}"}'])(
    'is not seen in %j',
    (text) => {
      expect(tapped(text)?.[2]).toBe(false);
    },
  );
});

it.each([
  ['keys without values', '"usage"'],
  ['objects that do not end', '"usage":{'],
  ['blanks', `"usage"${' '.repeat(200)}`],
  ['small ones', '"usage":{},'],
])('many megabytes of %s cost little', (_what, piece) => {
  const chunk = Buffer.from(`{"x":"y",${piece.repeat(Math.ceil(65_536 / piece.length))}`);
  const tap = new JsonTap();
  const before = process.cpuUsage();
  for (let count = 0; count < 64; count += 1) tap.push(chunk);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
