import { describe, expect, it } from '@jest/globals';
import { ChatStreamTranslator, type AnswerSettings } from './from-openai-chat.js';

interface Line {
  readonly message?: { readonly content: string; readonly thinking?: string; readonly tool_calls?: unknown[] };
  readonly response?: string;
  readonly thinking?: string;
  readonly done?: boolean;
  readonly done_reason?: string;
  readonly error?: string;
  readonly [more: string]: unknown;
}

const SETTINGS: AnswerSettings = { shape: 'chat', model: 'a/b "c"', hidesThinking: false, startedAt: 0 };

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields: object, reason: string | null = null) =>
  event({ choices: [{ index: 0, delta: fields, finish_reason: reason }] });
const DONE = 'data: [DONE]\n\n';

function translate(pieces: readonly (string | Buffer)[], settings: Partial<AnswerSettings> = {}) {
  const translator = new ChatStreamTranslator({ ...SETTINGS, ...settings });
  const text = pieces.map((piece) => translator.push(Buffer.from(piece))).join('') + translator.end();
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return { lines: lines.map((line) => JSON.parse(line) as Line), text, translator };
}

const textOf = (lines: readonly Line[]) =>
  lines.map(({ message, response }) => message?.content ?? response ?? '').join('');
const thoughtsOf = (lines: readonly Line[]) =>
  lines.map((line) => line.message?.thinking ?? line.thinking ?? '').join('');

describe('a stream', () => {
  const STREAM =
    delta({ role: 'assistant', content: null }) +
    ': ping\r\n\r\n' +
    delta({ content: 'Grüße ' }).replaceAll('\n', '\r\n') +
    delta({ content: '🙂' }) +
    delta({}, 'stop') +
    event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }) +
    DONE;

  it('becomes a line for each piece of text, and a last one that says how it ended and what it took', () => {
    const { lines, translator } = translate([STREAM]);
    expect(lines.map(({ created_at: at, ...line }) => [typeof at, line])).toEqual([
      ['string', { model: 'a/b "c"', message: { role: 'assistant', content: 'Grüße ' }, done: false }],
      ['string', { model: 'a/b "c"', message: { role: 'assistant', content: '🙂' }, done: false }],
      [
        'string',
        {
          model: 'a/b "c"',
          message: { role: 'assistant', content: '' },
          done: true,
          done_reason: 'stop',
          prompt_eval_count: 3,
          eval_count: 2,
          total_duration: expect.any(Number),
          prompt_eval_duration: expect.any(Number),
          eval_duration: expect.any(Number),
        },
      ],
    ]);
    expect([translator.outcome, translator.tokens]).toEqual(['complete', { input: 3, output: 2 }]);
  });

  it('is the same wherever it is cut', () => {
    const bytes = Buffer.from(STREAM);
    for (let at = 0; at <= bytes.length; at += 1) {
      const { lines, translator } = translate([bytes.subarray(0, at), bytes.subarray(at)]);
      expect([textOf(lines), lines.length, translator.outcome]).toEqual(['Grüße 🙂', 3, 'complete']);
    }
    const single = translate(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
    expect([textOf(single.lines), single.lines.length]).toEqual(['Grüße 🙂', 3]);
  });

  it('of generate has its text at the top', () => {
    const { lines } = translate([STREAM], { shape: 'generate' });
    expect(lines[0]).toMatchObject({ response: 'Grüße ', done: false });
    expect(lines.at(-1)).toMatchObject({ response: '', done: true, done_reason: 'stop' });
    expect(lines[0]).not.toHaveProperty('message');
  });

  it('sends each piece as soon as it is there', () => {
    const translator = new ChatStreamTranslator(SETTINGS);
    expect(translator.push(Buffer.from(delta({ content: 'a' })))).toContain('"content":"a"');
    expect(translator.push(Buffer.from(delta({}, 'stop')))).toBe('');
    expect(translator.push(Buffer.from(DONE))).toContain('"done":true');
    expect(translator.end()).toBe('');
  });
});

describe('thoughts', () => {
  it.each([
    ['reasoning_content', [{ reasoning_content: 'hm' }, { content: 'Hi' }]],
    ['reasoning', [{ reasoning: 'hm' }, { content: 'Hi' }]],
    [
      'parts',
      [
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
        { content: [{ type: 'text', text: 'Hi' }] },
      ],
    ],
    ['inline', [{ content: '<thi' }, { content: 'nk>hm</think>\n' }, { content: 'Hi' }]],
  ])('as %s', (_what, deltas) => {
    const stream = deltas.map((fields) => delta(fields)).join('') + delta({}, 'stop') + DONE;
    const { lines } = translate([stream]);
    expect([thoughtsOf(lines), textOf(lines)]).toEqual(['hm', 'Hi']);
    const hidden = translate([stream], { hidesThinking: true }).lines;
    expect([thoughtsOf(hidden), textOf(hidden)]).toEqual(['', 'Hi']);
  });
});

describe('tool calls', () => {
  const first = { index: 0, id: 'call_a', type: 'function', function: { name: 'f', arguments: '' } };
  const rest = (text: string) => delta({ tool_calls: [{ index: 0, function: { arguments: text } }] });

  it('come whole, with an object and its large integers', () => {
    const stream =
      delta({ tool_calls: [first] }) + rest('{"id":90071992') + rest('54740993}') + delta({}, 'tool_calls') + DONE;
    const { lines, text } = translate([stream]);
    expect(text).toContain(
      '"tool_calls":[{"id":"call_a","function":{"name":"f","arguments":{"id":9007199254740993}}}]',
    );
    expect(lines.map(({ done, done_reason: reason }) => [done, reason])).toEqual([
      [false, undefined],
      [true, 'stop'],
    ]);
  });

  it('with arguments that are no JSON object end the answer in an error', () => {
    const { lines, translator } = translate([
      delta({ tool_calls: [first] }) + rest('{"id":') + delta({}, 'length') + DONE,
    ]);
    expect(lines).toEqual([{ error: 'The model called "f" with arguments that are no JSON object.' }]);
    expect(translator.outcome).toBe('upstream-error');
  });
});

describe('the end', () => {
  const TEXT = delta({ content: 'Hi' });
  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'stop'],
    ['content_filter', 'content_filter'],
  ])('%s is told as %s', (reason, told) => {
    expect(translate([TEXT + delta({}, reason) + DONE]).lines.at(-1)).toMatchObject({ done: true, done_reason: told });
    // Some servers send no [DONE].
    expect(translate([TEXT + delta({}, reason)]).lines.at(-1)).toMatchObject({ done: true, done_reason: told });
  });

  it('without a reason, but [DONE], is an end', () => {
    const { lines, translator } = translate([TEXT + DONE]);
    expect([lines.at(-1)?.done, translator.outcome]).toEqual([true, 'complete']);
  });

  it.each([TEXT, '', delta({ content: 'Hi' }, ''), ': ping\n\n', 'data: {"choices":[]}\n\n'])(
    'without any mark is an error: %j',
    (stream) => {
      const { lines, translator } = translate([stream]);
      expect(lines.at(-1)).toEqual({ error: 'The endpoint ended the answer before it was complete.' });
      expect([lines.some(({ done }) => done === true), translator.outcome]).toEqual([false, 'truncated']);
    },
  );

  it.each([
    [{ error: { message: 'no memory' } }, 'no memory'],
    [{ error: 'no memory', choices: [] }, 'no memory'],
    [{ error: { code: 500 } }, 'The endpoint broke the answer off with an error.'],
  ])('by the error %j is that error, and nothing after it', (value, message) => {
    const { lines, translator } = translate([TEXT + event(value) + TEXT + delta({}, 'stop') + DONE]);
    expect(lines.slice(1)).toEqual([{ error: message }]);
    expect(translator.outcome).toBe('upstream-error');
  });

  it('by a line that is too long is an error', () => {
    const { lines, translator } = translate([TEXT, `data: {"x":"${'a'.repeat(1 << 20)}`, '"}\n\n', DONE]);
    expect(lines.at(-1)).toEqual({ error: 'The endpoint sent a part of its answer that is too long.' });
    expect(translator.outcome).toBe('upstream-error');
  });

  it('by an event with more quotes in its texts than are parsed in one go is an error; a long one with fewer is none', () => {
    const quotes = (count: number) => delta({ content: '"'.repeat(count) });
    expect(translate([quotes(200_001)]).lines).toEqual([
      { error: 'The endpoint sent a part of its answer that has too many parts.' },
    ]);
    const { lines } = translate([quotes(200_000), delta({ content: 'x'.repeat(1_000_000) }, 'stop'), DONE]);
    expect([textOf(lines).length, lines.length]).toEqual([1_200_000, 3]);
  });

  it('is not disturbed by events that say nothing', () => {
    const noise = 'data: x\n\ndata: 7\n\ndata: null\n\ndata: {"choices":[null]}\n\ndata: {"choices":[{}]}\n\n';
    const { lines } = translate([noise + TEXT + noise + delta({}, 'stop') + noise + DONE]);
    expect([textOf(lines), lines.length]).toEqual(['Hi', 2]);
  });
});

describe('a stream without an answer is never an empty success', () => {
  it.each([
    ['an error without an "error"', `${event({ object: 'error', message: 'asleep', code: 400 })}${DONE}`, 'asleep'],
    ['an event that is called one', `event: error\n${event({ message: 'no memory' })}`, 'no memory'],
    ['the same in FastAPI’s words', `event: error\n${event({ detail: 'busy' })}${DONE}`, 'busy'],
    ['the same in plain words', 'event: error\ndata: out of memory\n\n', 'out of memory'],
    ['the end alone', DONE, 'The endpoint ended its stream without an answer.'],
    [
      'token counts and the end',
      `${event({ choices: [], usage: { prompt_tokens: 1 } })}${DONE}`,
      'The endpoint ended its stream without an answer.',
    ],
  ])('%s', (_what, stream, error) => {
    const { lines, translator } = translate([stream]);
    expect(lines).toEqual([{ error }]);
    expect(translator.outcome).toBe('upstream-error');
  });

  it('while a model may have nothing to say, and events of other kinds say nothing', () => {
    const { lines } = translate([event({ message: 'queued' }) + delta({}, 'stop') + DONE]);
    expect(lines).toMatchObject([{ done: true, done_reason: 'stop' }]);
  });
});
