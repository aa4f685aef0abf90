import { describe, expect, it } from '@jest/globals';
import { errorWords } from '../../translation/error-message.js';
import { fromOpenaiChat, fromOpenaiEmbeddings } from './from-openai-whole.js';

const SETTINGS = { shape: 'chat', model: 'm', hidesThinking: false, startedAt: 0 } as const;
const chat = (message: object, more: object = {}) =>
  fromOpenaiChat(JSON.stringify({ choices: [{ message, finish_reason: 'stop', ...more }] }), SETTINGS);
const read = (answer: ReturnType<typeof chat>) =>
  'problem' in answer ? answer.problem : (JSON.parse(answer.text.toString()) as Record<string, unknown>);

describe('a whole chat completion', () => {
  it('is an answer of one line', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2 };
    const body = { choices: [{ message: { content: 'Hi', reasoning: 'hm' }, finish_reason: 'length' }], usage };
    // Blank lines before it are what DeepSeek keeps its callers waiting with.
    const answer = fromOpenaiChat(`\n\n${JSON.stringify(body)}`, SETTINGS);
    expect(read(answer)).toMatchObject({
      model: 'm',
      message: { role: 'assistant', content: 'Hi', thinking: 'hm' },
      done: true,
      done_reason: 'length',
      prompt_eval_count: 3,
      eval_count: 2,
    });
    expect(answer).toMatchObject({ tokens: { input: 3, output: 2 } });
  });

  it('keeps its tool calls, with their large integers', () => {
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{"id":9007199254740993}' } };
    const answer = chat({ content: null, tool_calls: [call] }, { finish_reason: 'tool_calls' });
    expect(answer).toMatchObject({ text: expect.stringContaining('"arguments":{"id":9007199254740993}') });
    expect(read(answer)).toMatchObject({ done_reason: 'stop', message: { content: '' } });
    expect(read(chat({ tool_calls: [{ function: { name: 'f', arguments: '{' } }] }))).toContain('no JSON object');
  });

  it.each([
    ['<!doctype html>', 'The endpoint’s answer is not JSON.'],
    ['[]', 'The endpoint’s answer is not a JSON object.'],
    ['{"choices":[]}', 'The endpoint gave no chat completion.'],
    ['{"error":"Unexpected endpoint or method."}', 'Unexpected endpoint or method.'],
    ['{"object":"error","message":"The model is asleep.","code":400}', 'The model is asleep.'],
    ['{"detail":[{"msg":"field required"}]}', 'field required'],
    ['{"type":"error","error":{"message":"overloaded"}}', 'overloaded'],
  ])('%s is none', (body, problem) => {
    expect(read(fromOpenaiChat(body, SETTINGS))).toBe(problem);
  });
});

describe('embeddings', () => {
  const body = '{"data":[{"index":1,"embedding":[0.5]},{"index":0,"embedding":[0.25]}],"usage":{"prompt_tokens":4}}';

  it('come in the order of their texts', () => {
    const answer = fromOpenaiEmbeddings(body, SETTINGS, false);
    expect(read(answer)).toMatchObject({ model: 'm', embeddings: [[0.25], [0.5]], prompt_eval_count: 4 });
    expect(answer).toMatchObject({ tokens: { input: 4, output: null } });
    expect(read(fromOpenaiEmbeddings(body, SETTINGS, true))).toEqual({ embedding: [0.25] });
  });

  it.each(['{"data":[]}', '{"data":[{"embedding":"AAAA"}]}', '{}'])('%s are none', (text) => {
    expect(read(fromOpenaiEmbeddings(text, SETTINGS, false))).toBe('The endpoint gave no embeddings.');
  });
});

it.each([
  [{ error: { message: 'm', code: 1 } }, 'm'],
  [{ error: 'm', error_type: 'x' }, 'm'],
  [[{ error: { message: 'm' } }], 'm'],
  [{ object: 'error', message: { detail: [{ msg: 'm' }] } }, 'm'],
  [{ detail: 'm' }, 'm'],
  [{ error: {}, message: ' ' }, null],
  [7, null],
  [null, null],
])('the words of the error %j are %j', (value, words) => {
  expect(errorWords(value)).toBe(words);
});
