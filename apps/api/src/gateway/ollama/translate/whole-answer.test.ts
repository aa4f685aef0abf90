import { describe, expect, it } from '@jest/globals';
import { translateWholeChat, translateWholeEmbeddings } from './whole-answer.js';

const SETTINGS = { shape: 'chat', model: 'm', hidesThinking: false, startedAt: 0 } as const;
/** Makes an answer one that is read in turns. */
const LONG = `"x":"${'y'.repeat(100_000)}"`;

const chat = async (body: string) => {
  const answer = await translateWholeChat(Buffer.from(body), SETTINGS);
  return 'problem' in answer ? answer.problem : (JSON.parse(answer.text.toString()) as Record<string, unknown>);
};
const embeddings = async (body: string, isSingle = false) => {
  const answer = await translateWholeEmbeddings(Buffer.from(body), SETTINGS, isSingle);
  return 'problem' in answer ? answer.problem : (JSON.parse(answer.text.toString()) as Record<string, unknown>);
};

describe('a long chat completion', () => {
  const MESSAGE = '"message":{"role":"assistant","content":"Hi \\"\\u00fc\\" 🙂","reasoning":"hm","images":["AAAA"]}';
  const USAGE = '"usage":{"prompt_tokens":3,"completion_tokens":2}';
  const WANTED = {
    message: { role: 'assistant', content: 'Hi "ü" 🙂', thinking: 'hm' },
    done: true,
    done_reason: 'length',
    prompt_eval_count: 3,
    eval_count: 2,
  };

  it.each([
    ['long before it', `{${LONG},"choices":[{${MESSAGE},"finish_reason":"length"}],${USAGE}}`],
    ['long behind it', ` \n{${USAGE},"choices":[{"finish_reason":"length",${MESSAGE}}], ${LONG} }\n`],
    ['behind a byte order mark', `\uFEFF{${USAGE},"choices":[{"finish_reason":"length",${MESSAGE}}],${LONG}}`],
    ['ended like a stream', `{${USAGE},"choices":[{"finish_reason":"length",${MESSAGE}}],${LONG}}\n\ndata: [DONE]\n\n`],
    ['with a long picture in it', `{${USAGE},"choices":[{"finish_reason":"length","logprobs":{${LONG}},${MESSAGE}}]}`],
  ])('%s is translated', async (_what, body) => {
    expect(await chat(body)).toMatchObject(WANTED);
  });

  it('with a long text keeps it', async () => {
    const text = 'Grüße 🙂 '.repeat(100_000);
    const body = JSON.stringify({ choices: [{ message: { content: text }, finish_reason: 'stop' }] });
    expect(await chat(body)).toMatchObject({ message: { content: text } });
  });

  it.each([
    ['text', { content: 'x'.repeat(2 << 20) }],
    ['arguments', { tool_calls: [{ function: { name: 'f', arguments: { x: 'x'.repeat(1 << 20) } } }] }],
  ])('with more %s than are parsed in one go is an error', async (_what, message) => {
    const body = JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] });
    expect(await chat(body)).toBe('The endpoint’s answer is too long to be translated.');
  });

  it.each([
    ['an error', `{${LONG},"error":{"message":"no memory"}}`, 'no memory'],
    ['no choice', `{${LONG},"choices":[]}`, 'The endpoint gave no chat completion.'],
    ['no message', `{${LONG},"choices":[{"text":"x"}]}`, 'The endpoint gave no chat completion.'],
    ['a list', `[{${LONG}}]`, 'The endpoint’s answer is not a JSON object.'],
    ['a page', `<html>${LONG}`, 'The endpoint’s answer is not JSON.'],
    ['cut', `{${LONG},"choices":[{"message":{"content":"H`, 'The endpoint’s answer is not JSON.'],
    ['more than one object', `{${LONG}}{}`, 'The endpoint’s answer is not JSON.'],
    [
      'no JSON where it is wanted',
      `{${LONG},"choices":[{"message":{"content":nul}}]}`,
      'The endpoint’s answer is not JSON.',
    ],
  ])('that is %s is told as that', async (_what, body, problem) => {
    expect(await chat(body)).toBe(problem);
  });
});

describe('long embeddings', () => {
  it('come in the order of their texts, with all of their digits', async () => {
    const row = (index: number, vector: string) =>
      `{"object":"embedding","index":${String(index)},"embedding":${vector}}`;
    const body = `{${LONG},"data":[${row(1, '[0.1234567890123456789, -1e-7]')},${row(0, '[1]')}],"usage":{"prompt_tokens":4}}`;
    expect(await embeddings(body)).toMatchObject({ model: 'm', embeddings: [[1], [0.12345678901234568, -1e-7]] });
    const answer = await translateWholeEmbeddings(Buffer.from(body), SETTINGS, false);
    expect(answer).toMatchObject({ tokens: { input: 4, output: null } });
    expect('text' in answer && answer.text.toString()).toContain('0.1234567890123456789');
    expect(await embeddings(body, true)).toEqual({ embedding: [1] });
  });

  it.each([
    `{${LONG},"data":[]}`,
    `{${LONG},"data":[{"embedding":"AAAA"}]}`,
    `{${LONG},"data":[{"embedding":["x"]}]}`,
    `{${LONG},"data":[7]}`,
    `{${LONG}}`,
    `{${LONG},"data":[{"embedding":[${'1,'.repeat(600_000)}1]}]}`,
  ])('that are none are told as that', async (body) => {
    expect(await embeddings(body)).toBe('The endpoint gave no embeddings.');
  });

  it('with numbers that are none are no JSON', async () => {
    expect(await embeddings(`{${LONG},"data":[{"embedding":[1,,2]}]}`)).toBe('The endpoint’s answer is not JSON.');
  });
});
