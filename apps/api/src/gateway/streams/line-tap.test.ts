import { describe, expect, it } from '@jest/globals';
import { LineTap } from './line-tap.js';

const TEXT = '{"model":"m","message":{"role":"assistant","content":"Grüße \\"done\\":true}"},"done":false}\n';
const LAST =
  '{"model":"m","message":{"content":""},"done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":3,"eval_count":2}\n';

function tap(pieces: readonly (string | Buffer)[]) {
  const one = new LineTap();
  for (const piece of pieces) one.push(Buffer.from(piece));
  one.end();
  return { isDone: one.isDone, hasError: one.hasError, tokens: one.tokens, isAtLineStart: one.isAtLineStart };
}

const NOTHING = { isDone: false, hasError: false, tokens: { input: null, output: null }, isAtLineStart: true };
const ENDED = { ...NOTHING, isDone: true, tokens: { input: 3, output: 2 } };

describe('a tap beside the lines of an Ollama', () => {
  it('sees the last line and its counts, wherever the bytes are cut', () => {
    const bytes = Buffer.from(TEXT + LAST);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(tap([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(ENDED);
    }
    expect(tap(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(ENDED);
  });

  it.each([
    ['nothing', [], NOTHING],
    ['text only', [TEXT], NOTHING],
    ['a last line without its end', [TEXT, LAST.trimEnd()], { ...ENDED, isAtLineStart: false }],
    ['a last line that is broken off', [TEXT, LAST.slice(0, -20)], { ...NOTHING, isAtLineStart: false }],
    ['an error', [TEXT, '{"error":"no memory"}\n'], { ...NOTHING, hasError: true }],
    [
      'arguments of a tool that look like an end',
      ['{"message":{"tool_calls":[{"function":{"arguments":{"done":true}}}]},"done":false}\n'],
      NOTHING,
    ],
    [
      'a long last line with a context',
      [
        `{"response":"","done":true,"context":[${'7,'.repeat(20_000)}7],"total_duration":9,"prompt_eval_count":3,"eval_count":2}\n`,
      ],
      ENDED,
    ],
    [
      'one piece with a long text',
      [`{"message":{"content":"${'x'.repeat(100_000)}"},"done":true,"prompt_eval_count":3,"eval_count":2}`],
      { ...ENDED, isAtLineStart: false },
    ],
    [
      'embeddings',
      [`{"embeddings":[[${'0.5,'.repeat(10_000)}1]],"total_duration":9,"prompt_eval_count":3}`],
      { ...ENDED, tokens: { input: 3, output: null }, isAtLineStart: false },
    ],
  ])('reads %s', (_what, pieces, wanted) => {
    expect(tap(pieces)).toEqual(wanted);
  });

  it('reads lines of many beginnings of an end in one go', () => {
    const one = new LineTap();
    const line = Buffer.from(`${'"done":true,'.repeat(1_365)}\n`);
    const startedAt = performance.now();
    for (let count = 0; count < 400; count += 1) one.push(line);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(one.isDone).toBe(false);
  });
});
