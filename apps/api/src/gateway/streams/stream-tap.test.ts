import { describe, expect, it } from '@jest/globals';
import { StreamTap } from './stream-tap.js';

const DELTA = '{"choices":[{"delta":{"content":"Grüße 🙂"},"finish_reason":null}]}';
const STOP = '{"choices":[{"delta":{},"finish_reason":"stop"}]}';
const USAGE = '{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}';

/** What the tap has seen after those lines, written in pieces of each size. */
function tapped(text: string) {
  const bytes = Buffer.from(text);
  const states = [1, 2, 3, 7, bytes.length].map((size) => {
    const tap = new StreamTap();
    for (let start = 0; start < bytes.length; start += size) tap.push(bytes.subarray(start, start + size));
    tap.end();
    const { isDone, isFinished, hasError, tokens } = tap;
    return { isDone, isFinished, hasError, tokens };
  });
  for (const state of states) expect(state).toEqual(states[0]);
  return states[0]!;
}

const UNKNOWN = { input: null, output: null };
const NOTHING = { isDone: false, isFinished: false, hasError: false, tokens: UNKNOWN };

describe('a stream', () => {
  it.each([
    ['lines ended by LF', '\n'],
    ['by CR LF', '\r\n'],
    ['by a lone CR', '\r'],
  ])('is followed with %s, wherever its chunks are cut', (_what, end) => {
    const text = [DELTA, STOP, USAGE, '[DONE]'].map((data) => `data: ${data}${end}${end}`).join('');
    expect(tapped(text)).toEqual({
      isDone: true,
      isFinished: true,
      hasError: false,
      tokens: { input: 12, output: 34 },
    });
  });

  it('is followed without a space after the colon, with comments, other fields and no last line end', () => {
    const text = `: OPENROUTER PROCESSING\n\nevent: x\nid: 1\ndata:${STOP}\n\n: keep-alive\n\ndata:[DONE]`;
    expect(tapped(text)).toEqual({ ...NOTHING, isDone: true, isFinished: true });
  });

  it('that ends without its marks shows none', () => {
    expect(tapped(`data: ${DELTA}\n\n`)).toEqual(NOTHING);
    expect(tapped('data: {"choices":[{"delta":{"content":""},"finish_reason":""}]}\n\n')).toEqual(NOTHING);
    expect(tapped('data: {"choices":[{"delta":{"content":"she wrote \\"finish_reason\\":\\"stop\\""}}]}\n\n')).toEqual(
      NOTHING,
    );
    expect(tapped(': data: [DONE]\n\nevent: [DONE]\n\n')).toEqual(NOTHING);
  });

  it('shows an error, also before [DONE]', () => {
    expect(tapped('data: {"error":{"message":"out of memory"}}\n\ndata: [DONE]\n\n')).toEqual({
      ...NOTHING,
      isDone: true,
      hasError: true,
    });
    expect(tapped('data: {"object":"error","message":"asleep"}\n\ndata: [DONE]\n\n').hasError).toBe(true);
    expect(tapped('event: error\ndata: {"message":"asleep"}\n\n').hasError).toBe(true);
    expect(tapped('event: errors-so-far\ndata: {"count":0}\n\n').hasError).toBe(false);
    expect(tapped('data: {"choices":[],"error":null}\n\n').hasError).toBe(false);
    expect(tapped('data: {"choices":[{"delta":{"content":"an \\"error\\": {}"}}]}\n\n').hasError).toBe(false);
  });

  it.each([
    ['an extra chunk', [USAGE], { input: 12, output: 34 }],
    [
      'null in each chunk and numbers in the last',
      ['{"usage":null}', '{"usage":{"prompt_tokens":1,"completion_tokens":2}}'],
      { input: 1, output: 2 },
    ],
    [
      'growing numbers in each chunk',
      ['{"usage":{"completion_tokens":1}}', '{"usage":{"completion_tokens":5}}'],
      { input: null, output: 5 },
    ],
    ['Groq', ['{"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":4}}}'], { input: 3, output: 4 }],
    [
      'Responses',
      ['{"type":"response.completed","response":{"usage":{"input_tokens":7,"output_tokens":8}}}'],
      { input: 7, output: 8 },
    ],
    ['nonsense', ['{"usage":{"prompt_tokens":-1,"completion_tokens":"9"}}', '{"usage":[]}', '{"usage":'], UNKNOWN],
  ])('tells the tokens of %s', (_what, events, tokens) => {
    expect(tapped(events.map((event) => `data: ${event}\n\n`).join('')).tokens).toEqual(tokens);
  });

  it('with a line of many megabytes costs no memory, and the next line counts again', () => {
    const tap = new StreamTap();
    tap.push(Buffer.from('data: {"choices":[{"delta":{"content":"'));
    for (let count = 0; count < 128; count += 1) tap.push(Buffer.alloc(64 * 1024, 'a'));
    tap.push(Buffer.from('"}}],"usage":{"prompt_tokens":1}}\n\ndata: [DONE]\n\n'));
    expect([tap.isDone, tap.tokens]).toEqual([true, { input: 1, output: null }]);
  });

  it.each(['completed', 'incomplete', 'failed'])(
    'of a response that is %s shows its end, however long it is',
    (how) => {
      for (const length of [10, 200_000]) {
        const response = { output: 'x'.repeat(length), usage: { input_tokens: 7, output_tokens: 8 } };
        const event = `event: response.${how}\ndata: ${JSON.stringify({ type: `response.${how}`, response })}\n\n`;
        expect(tapped(`data: {"type":"response.created"}\n\n${event}`)).toEqual({
          isDone: false,
          isFinished: true,
          hasError: how === 'failed',
          tokens: { input: 7, output: 8 },
        });
      }
      expect(tapped('data: {"type":"response.output_text.delta","delta":"x"}\n\n')).toEqual(NOTHING);
    },
  );

  it('shows an error event of a response', () => {
    expect(tapped('event: error\ndata: {"type":"error","message":"no memory"}\n\n').hasError).toBe(true);
  });

  describe('of many lines in one chunk', () => {
    const quiet = 'data: {"choices":[{"delta":{"content":"word"},"finish_reason":null}],"usage":null}\n\n'.repeat(20);
    const read = (text: string): StreamTap => {
      const tap = new StreamTap();
      tap.push(Buffer.from('data: {"choices":[]}\n\n'));
      tap.push(Buffer.from(text));
      tap.end();
      return tap;
    };

    it('is quiet where none has anything to tell', () => {
      expect(read(quiet)).toMatchObject({ isDone: false, isFinished: false, hasError: false });
    });

    it.each([
      ['a finish reason', 'data: {"choices":[{"finish_reason" : "stop"}]}\n', { isFinished: true }],
      ['its end', 'data: [DONE]\n', { isDone: true }],
      ['an event named error', 'event: error\ndata: {"message":"no"}\n', { hasError: true }],
      ['an error', 'data: {"error":{"message":"no"}}\n', { hasError: true }],
      ['counts', 'data: {"usage" :\t{"prompt_tokens":3,"completion_tokens":4}}\n', { tokens: { input: 3, output: 4 } }],
      ['the end of a response', 'data: {"type":"response.failed"}\n', { isFinished: true, hasError: true }],
    ])('finds %s wherever it stands', (_what, line, expected) => {
      for (const text of [
        `${line}\n${quiet}`,
        `${quiet}${line}\n${quiet}`,
        `${quiet}${line}`,
        `${quiet}${line}`.trimEnd(),
      ]) {
        expect(read(text)).toMatchObject(expected);
      }
    });

    it('is a flood where comments alone come without end, and none where data is among them', () => {
      const comments = ': waiting, and waiting, and waiting\n\n'.repeat(500);
      const tap = new StreamTap();
      tap.push(Buffer.from('data: {"choices":[]}\n\n'));
      for (let pushed = 0; pushed < 2 * 1024 * 1024; pushed += comments.length) tap.push(Buffer.from(comments));
      expect(tap.isFlood).toBe(true);
      const lively = new StreamTap();
      for (let pushed = 0; pushed < 2 * 1024 * 1024; pushed += comments.length) {
        lively.push(Buffer.from(`${comments}data: {"choices":[]}\n\n`));
      }
      expect(lively.isFlood).toBe(false);
    });
  });
});
