import { expect, it } from '@jest/globals';
import { TailTap } from './tail-tap.js';

function tokens(text: string) {
  const bytes = Buffer.from(text);
  const results = [1, 5, 1_000, bytes.length].map((size) => {
    const tap = new TailTap();
    for (let start = 0; start < bytes.length; start += size) tap.push(bytes.subarray(start, start + size));
    tap.end();
    return tap.tokens;
  });
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0];
}

const UNKNOWN = { input: null, output: null };

it.each([
  ['usage at the end', '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}', 3, 4],
  [
    'with more behind it',
    '{"usage": {"prompt_tokens":3,"completion_tokens_details":{"a":1},"completion_tokens":4} ,"timings":{"x":1}}\n',
    3,
    4,
  ],
  ['of embeddings', `{"data":[${'0.123456,'.repeat(5_000)}0],"usage":{"prompt_tokens":9,"total_tokens":9}}`, 9, null],
  ['of Responses', '{"usage":{"input_tokens":1,"output_tokens":2}}', 1, 2],
  [
    'behind a text that speaks of it',
    '{"choices":[{"message":{"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}}],"usage":{"prompt_tokens":5}}',
    5,
    null,
  ],
])('reads %s', (_what, text, input, output) => {
  expect(tokens(text)).toEqual({ input, output });
});

it.each([
  ['nothing', ''],
  ['no usage', '{"choices":[]}'],
  ['usage null', '{"usage":null}'],
  ['a text only', '{"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}'],
  ['an answer that was cut', '{"usage":{"prompt_tokens":1'],
  ['usage too far from the end', `{"usage":{"prompt_tokens":1},"x":"${'y'.repeat(40_000)}"}`],
])('finds nothing in %s', (_what, text) => {
  expect(tokens(text)).toEqual(UNKNOWN);
});
