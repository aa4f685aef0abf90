import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../errors.js';
import {
  translateChat,
  translateEmbed,
  translateEmbeddings,
  translateGenerate,
  type Translate,
} from './translations.js';

const ask = (translate: Translate, text: string, isStream = true) =>
  translate({ body: Buffer.from(text), model: 'm', isStream });
const sent = (translate: Translate, body: object | string, isStream = true) =>
  JSON.parse(
    ask(translate, typeof body === 'string' ? body : JSON.stringify(body), isStream).print('up', false),
  ) as unknown;

/** The field that the request was refused for. */
function refusedField(translate: Translate, body: object): string | undefined {
  try {
    ask(translate, JSON.stringify(body));
  } catch (error) {
    if (error instanceof AppError && error.code === 'BAD_USER_INPUT') return error.details.field;
    throw error;
  }
  throw new Error('it was not refused');
}

const PNG = 'iVBORw0KGgoAAAANSUhEUg==';

describe('a chat', () => {
  it('goes with its texts, and whether it is a stream', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Grüße 🙂' },
      { role: 'assistant', content: 'Hi', thinking: 'hm' },
    ];
    const plain = messages.map(({ role, content }) => ({ role, content }));
    expect(sent(translateChat, { messages })).toEqual({ model: 'up', messages: plain, stream: true });
    expect(sent(translateChat, { messages }, false)).toEqual({ model: 'up', messages: plain, stream: false });
  });

  it('goes with its pictures as data URLs, of the type that their first bytes show', () => {
    const images = [PNG, '/9j/4AAQ', 'R0lGODlh', 'UklGRiQA', 'data:image/png;base64,xx'];
    const { messages } = sent(translateChat, { messages: [{ role: 'user', content: 'What?', images }] }) as {
      messages: [{ content: { image_url?: { url: string } }[] }];
    };
    expect(messages[0].content[0]).toEqual({ type: 'text', text: 'What?' });
    expect(messages[0].content.slice(1).map((part) => part.image_url?.url)).toEqual([
      `data:image/png;base64,${PNG}`,
      'data:image/jpeg;base64,/9j/4AAQ',
      'data:image/gif;base64,R0lGODlh',
      'data:image/webp;base64,UklGRiQA',
      'data:image/png;base64,xx',
    ]);
    const wrong = { messages: [{ role: 'user' }, { role: 'user', images: [PNG, 'nonsense'] }] };
    expect(refusedField(translateChat, wrong)).toBe('messages.1.images.1');
    const generate = { prompt: 'What?', system: 'Say.', images: [PNG, 'nonsense'] };
    expect(refusedField(translateGenerate, generate)).toBe('images.1');
  });

  it('goes with its tools, their calls under the same ids each time, and the answers to them', () => {
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    const messages = [
      { role: 'user', content: 'Do.' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { function: { name: 'f', arguments: { x: 1 } } },
          { function: { name: 'g', arguments: {} } },
          { id: 'own', function: { name: 'f' } },
        ],
      },
      { role: 'tool', tool_name: 'g', content: 'G' },
      { role: 'tool', tool_name: 'f', content: 'F1' },
      { role: 'tool', content: 'F2' },
      { role: 'tool', tool_name: 'nobody', content: '?' },
      { role: 'tool', tool_call_id: 'given', content: '!' },
    ];
    expect(sent(translateChat, { messages, tools })).toEqual({
      model: 'up',
      stream: true,
      tools,
      messages: [
        { role: 'user', content: 'Do.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1_0', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'call_1_1', type: 'function', function: { name: 'g', arguments: '{}' } },
            { id: 'own', type: 'function', function: { name: 'f', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1_1', content: 'G' },
        { role: 'tool', tool_call_id: 'call_1_0', content: 'F1' },
        { role: 'tool', tool_call_id: 'own', content: 'F2' },
        { role: 'tool', tool_call_id: 'call_5', content: '?' },
        { role: 'tool', tool_call_id: 'given', content: '!' },
      ],
    });
  });

  it('goes with its large integers, in arguments, schemas and the seed', () => {
    const text =
      '{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"id":9007199254740993}}}]}],' +
      '"tools":[{"max":9007199254740995}],"options":{"seed":9007199254740997}}';
    const printed = ask(translateChat, text).print('up', false);
    expect(printed).toContain('"arguments":"{\\"id\\":9007199254740993}"');
    expect(printed).toContain('{"max":9007199254740995}');
    expect(printed).toContain('"seed":9007199254740997');
  });

  it('goes with the options that have a counterpart, and without the others', () => {
    const options = {
      temperature: 0,
      top_p: 0.9,
      seed: 7,
      stop: ['a'],
      num_predict: 12,
      presence_penalty: 1,
      frequency_penalty: 2,
      top_k: 4,
      num_ctx: 8192,
      mirostat: 1,
      min_p: 0.1,
      repeat_penalty: 1.1,
    };
    expect(sent(translateChat, { options, keep_alive: '5m', truncate: true })).toEqual({
      model: 'up',
      stream: true,
      messages: [],
      temperature: 0,
      top_p: 0.9,
      seed: 7,
      stop: ['a'],
      max_tokens: 12,
      presence_penalty: 1,
      frequency_penalty: 2,
    });
    for (const num_predict of [-1, -2, null]) {
      expect(sent(translateChat, { options: { num_predict } })).not.toHaveProperty('max_tokens');
    }
    expect(refusedField(translateChat, { options: { temperature: 'hot' } })).toBe('options.temperature');
  });

  it('goes with its format', () => {
    const schema = { type: 'object', properties: { n: { type: 'number' } } };
    const format = (value: unknown) => sent(translateChat, { format: value }) as { response_format?: unknown };
    expect(format('json').response_format).toEqual({ type: 'json_object' });
    expect(format(schema).response_format).toEqual({ type: 'json_schema', json_schema: { name: 'answer', schema } });
    expect(format('').response_format).toBeUndefined();
    expect(refusedField(translateChat, { format: 'xml' })).toBe('format');
  });

  it('goes with how hard to think where that is said', () => {
    const effort = (think: unknown) =>
      (sent(translateChat, { think }) as { reasoning_effort?: string }).reasoning_effort;
    expect(['low', 'medium', 'high', true, false].map(effort)).toEqual(['low', 'medium', 'high', undefined, undefined]);
    expect(['max', 'xhigh', 'none', '', 'true', 'false'].map(effort)).toEqual([
      'max',
      'xhigh',
      'none',
      undefined,
      undefined,
      undefined,
    ]);
    for (const think of [7, {}, 'x'.repeat(65)]) expect(refusedField(translateChat, { think })).toBe('think');
  });

  it('asks for token counts where the connection says that its endpoint can tell them', () => {
    expect(JSON.parse(ask(translateChat, '{}').print('up', true))).toMatchObject({
      stream_options: { include_usage: true },
    });
  });

  it.each([
    ['{}', 'load'],
    ['{"messages":[],"keep_alive":"5m"}', 'load'],
    ['{"messages":null,"keep_alive":0}', 'unload'],
    ['{"keep_alive":"0s"}', 'unload'],
    ['{"messages":[{"role":"user","content":""}]}', null],
  ])('%s has the reason %s', (text, reason) => {
    expect(ask(translateChat, text).loadReason).toBe(reason);
  });

  it.each(['[]', 'null', '{"messages":7}', '{"messages":[{"role":"nobody"}]}', '{'])('%s is refused', (text) => {
    expect(() => ask(translateChat, text)).toThrow(AppError);
  });
});

describe('a generate', () => {
  it('is a chat of one question', () => {
    const body = {
      prompt: 'Sky?',
      system: 'Be brief.',
      images: [PNG],
      options: { num_predict: 3 },
      raw: false,
      suffix: '',
    };
    expect(sent(translateGenerate, { ...body, context: [], template: null })).toEqual({
      model: 'up',
      stream: true,
      max_tokens: 3,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Sky?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
      ],
    });
    expect(ask(translateGenerate, '{"prompt":""}').loadReason).toBe('load');
  });

  it.each([{ raw: true }, { template: '{{ .Prompt }}' }, { context: [1] }, { suffix: 'end' }])(
    'of %j is refused',
    (more) => {
      expect(refusedField(translateGenerate, { prompt: 'x', ...more })).toBe(Object.keys(more)[0]);
    },
  );
});

describe('an embed', () => {
  it('goes to /embeddings, of one text or several', () => {
    const { path } = ask(translateEmbed, '{"input":"a"}');
    expect(path).toBe('/embeddings');
    expect(sent(translateEmbed, { input: 'a', truncate: true })).toEqual({ model: 'up', input: 'a' });
    expect(sent(translateEmbed, { input: ['a', 'b'], dimensions: 8 })).toEqual({
      model: 'up',
      input: ['a', 'b'],
      dimensions: 8,
    });
    expect(sent(translateEmbeddings, { prompt: 'a' })).toEqual({ model: 'up', input: 'a' });
    expect([ask(translateEmbed, '{}').loadReason, ask(translateEmbeddings, '{}').loadReason]).toEqual(['load', 'load']);
  });
});
