import { describe, expect, it } from '@jest/globals';
import { ChatStreamTranslator } from './from-openai-chat.js';
import { fromOpenaiChat } from './from-openai-whole.js';

// Tool calls and thoughts in the forms that servers are known to send them in, through the whole of a translation.

const SETTINGS = { shape: 'chat', model: 'm', hidesThinking: false, startedAt: 0 } as const;

interface Line {
  readonly error?: string;
  readonly message?: {
    readonly content: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly { readonly id?: string; readonly function: { name: string; arguments: unknown } }[];
  };
}

const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`;
const END = `${chunk({ index: 0, delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;

function told(lines: readonly Line[]) {
  return {
    content: lines.map(({ message }) => message?.content ?? '').join(''),
    thinking: lines.map(({ message }) => message?.thinking ?? '').join(''),
    calls: lines.flatMap(({ message }) =>
      (message?.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => [id ?? null, name, given]),
    ),
    error: lines.find(({ error }) => error !== undefined)?.error ?? null,
  };
}

function streamed(text: string) {
  const translator = new ChatStreamTranslator(SETTINGS);
  const lines = translator.push(Buffer.from(text)) + translator.end();
  return told(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  );
}

const ofDeltas = (deltas: readonly object[]) =>
  streamed(deltas.map((delta) => chunk({ index: 0, delta, finish_reason: null })).join('') + END);

function whole(message: object) {
  const answer = fromOpenaiChat(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] }), SETTINGS);
  return 'problem' in answer ? answer.problem : told([JSON.parse(answer.text.toString()) as Line]);
}

const call = (more: object, name: string | null, given?: unknown) => ({
  tool_calls: [
    {
      ...more,
      type: 'function',
      function: { ...(name === null ? {} : { name }), ...(given === undefined ? {} : { arguments: given }) },
    },
  ],
});

describe('tool calls of a stream', () => {
  it.each<[string, object[], unknown[][]]>([
    [
      'a new id and an empty name on each piece',
      [
        call({ index: 0, id: '1' }, 'f', ''),
        call({ index: 0, id: '2' }, '', '{"x"'),
        call({ index: 0, id: '3' }, '', ':1}'),
      ],
      [['1', 'f', { x: 1 }]],
    ],
    [
      'a new id on each piece, no index and no name',
      [call({ id: '1' }, 'f', ''), call({ id: '2' }, null, '{"x"'), call({ id: '3' }, null, ':1}')],
      [['1', 'f', { x: 1 }]],
    ],
    [
      'the same id twice, each with an index of its own',
      [
        call({ index: 0, id: 'call_0' }, 'f', '{"x":1}'),
        call({ index: 1, id: 'call_0' }, 'g', '{"y"'),
        call({ index: 1, id: 'call_0' }, '', ':2}'),
      ],
      [
        ['call_0', 'f', { x: 1 }],
        ['call_0', 'g', { y: 2 }],
      ],
    ],
    [
      'the same id and index twice',
      [call({ index: 0, id: 'call_0' }, 'f', '{"x":1}'), call({ index: 0, id: 'call_0' }, 'g', '{"y":2}')],
      [
        ['call_0', 'f', { x: 1 }],
        ['call_0', 'g', { y: 2 }],
      ],
    ],
    [
      'arguments that are written as JSON twice',
      [call({ index: 0, id: 'a' }, 'f', '"{\\"x\\"'), call({ index: 0 }, null, ':1}"')],
      [['a', 'f', { x: 1 }]],
    ],
    [
      'its arguments as parameters, or as input',
      [
        { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', parameters: { x: 1 } } }] },
        { tool_calls: [{ index: 1, id: 'b', name: 'g', input: { y: 2 } }] },
        { tool_calls: [{ index: 2, id: 'c', type: 'custom', custom: { name: 'h', input: '{"z":3}' } }] },
      ],
      [
        ['a', 'f', { x: 1 }],
        ['b', 'g', { y: 2 }],
        ['c', 'h', { z: 3 }],
      ],
    ],
    [
      'the older form beside it, which says the same',
      [{ ...call({ index: 0, id: 'a' }, 'f', '{"x":1}'), function_call: { name: 'f', arguments: '{"x":1}' } }],
      [['a', 'f', { x: 1 }]],
    ],
    [
      'the name in a later piece',
      [
        call({ index: 0, id: 'a' }, null, ''),
        call({ index: 0 }, 'f'),
        call({ index: 0 }, null, '{"x":1}'),
        call({ index: 1, id: 'b' }, null, '{}'),
        call({ index: 1 }, 'g', ''),
      ],
      [
        ['a', 'f', { x: 1 }],
        ['b', 'g', {}],
      ],
    ],
    [
      'the name in pieces',
      [call({ index: 0, id: 'a' }, 'get_', ''), call({ index: 0 }, 'time', '{}')],
      [['a', 'get_time', {}]],
    ],
    [
      'the name and id again with an empty end',
      [call({ index: 0, id: 'a' }, 'f', '{"x":1}'), call({ index: 0, id: 'a' }, 'f', '')],
      [['a', 'f', { x: 1 }]],
    ],
    [
      'an index that is a text or null',
      [
        call({ index: '0', id: 'a' }, 'f', '{"x"'),
        call({ index: 0 }, null, ':1}'),
        call({ index: null, id: 'b' }, 'g', '{"y"'),
        call({ index: null }, null, ':2}'),
      ],
      [
        ['a', 'f', { x: 1 }],
        ['b', 'g', { y: 2 }],
      ],
    ],
    [
      'no id and no index, the name on each piece',
      [call({}, 'f', '{"x"'), call({}, 'f', ':1}'), call({}, 'f', '{"x":2}')],
      [
        [null, 'f', { x: 1 }],
        [null, 'f', { x: 2 }],
      ],
    ],
    ['an id that is a number', [call({ index: 0, id: 7 }, 'f', '{}')], [['7', 'f', {}]]],
    ['arguments as an object', [call({ index: 0, id: 'a' }, 'f', { x: { y: [1] } })], [['a', 'f', { x: { y: [1] } }]]],
    [
      'arguments null, and none',
      [call({ id: 'a' }, 'f', null), call({ id: 'b' }, 'g'), call({ id: 'c' }, 'h', 'null')],
      [
        ['a', 'f', {}],
        ['b', 'g', {}],
        ['c', 'h', {}],
      ],
    ],
    [
      'one call without its list',
      [{ tool_calls: { id: 'a', function: { name: 'f', arguments: '{}' } } }],
      [['a', 'f', {}]],
    ],
    [
      'no object around name and arguments',
      [{ tool_calls: [{ id: 'a', name: 'f', arguments: '{"x":1}' }] }],
      [['a', 'f', { x: 1 }]],
    ],
    [
      'the form before tool calls',
      [
        { function_call: { name: 'f', arguments: '' } },
        { function_call: { arguments: '{"x"' } },
        { function_call: { arguments: ':1}' } },
      ],
      [[null, 'f', { x: 1 }]],
    ],
    [
      'two that come by turns',
      [
        call({ index: 0, id: 'a' }, 'f', '{"x"'),
        call({ index: 1, id: 'b' }, 'g', '{"y"'),
        call({ index: 0 }, null, ':1}'),
        call({ index: 1 }, null, ':2}'),
      ],
      [
        ['a', 'f', { x: 1 }],
        ['b', 'g', { y: 2 }],
      ],
    ],
  ])('with %s', (_what, deltas, calls) => {
    expect(ofDeltas(deltas)).toEqual({ content: '', thinking: '', calls, error: null });
  });

  it.each([
    [
      'arguments without a name',
      [call({ index: 0, id: 'a' }, null, '{}')],
      'The model called a tool without its name.',
    ],
    [
      'another name in the midst of arguments',
      [call({ index: 0 }, 'f', '{"x"'), call({ index: 0 }, 'g', '{}')],
      'The model called "f" with arguments that are no JSON object.',
    ],
    [
      'a list for arguments',
      [call({ index: 0 }, 'f', '[1]')],
      'The model called "f" with arguments that are no JSON object.',
    ],
    [
      'arguments of far too many parts',
      [call({ index: 0 }, 'f', `{"x":[${'{},'.repeat(60_000)}{}]}`)],
      'The model called "f" with arguments that have too many parts.',
    ],
  ])('with %s are told as an error', (_what, deltas, error) => {
    expect(ofDeltas(deltas)).toMatchObject({ calls: [], error });
  });

  it('as an object keep their large integers', () => {
    const translator = new ChatStreamTranslator(SETTINGS);
    const given =
      'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":{"id":9007199254740993}}}]}}]}\n\n';
    expect(translator.push(Buffer.from(given + END))).toContain('"arguments":{"id":9007199254740993}');
  });

  it('of a megabyte are put together in a moment', () => {
    const piece = call({ index: 0, id: 'a' }, '', 'x'.repeat(64 * 1024));
    const before = process.cpuUsage();
    const { calls } = ofDeltas([
      call({ index: 0, id: 'a' }, 'f', '{"x":"'),
      ...Array.from({ length: 15 }, () => piece),
      call({ index: 0 }, null, '"}'),
    ]);
    expect((calls[0]?.[2] as { x: string }).x).toHaveLength(15 * 64 * 1024);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });
});

describe('tool calls of a whole answer', () => {
  const entry = (more: object, name: string, given: unknown) => ({ ...more, function: { name, arguments: given } });

  it.each<[string, object, unknown[][]]>([
    [
      'the same id twice',
      { tool_calls: [entry({ id: 'call_0' }, 'f', '{"x":1}'), entry({ id: 'call_0' }, 'f', '{"x":2}')] },
      [
        ['call_0', 'f', { x: 1 }],
        ['call_0', 'f', { x: 2 }],
      ],
    ],
    [
      'the index 0 on all, and no arguments',
      { tool_calls: [entry({ index: 0 }, 'f', ''), entry({ index: 0 }, 'f', '')] },
      [
        [null, 'f', {}],
        [null, 'f', {}],
      ],
    ],
    ['the form before tool calls', { function_call: { name: 'f', arguments: '{"x":1}' } }, [[null, 'f', { x: 1 }]]],
    [
      'both forms',
      { tool_calls: [entry({ id: 'a' }, 'f', '{}')], function_call: { name: 'f', arguments: '{}' } },
      [['a', 'f', {}]],
    ],
    ['an object for arguments', { tool_calls: [entry({ id: 'a' }, 'f', { x: 1 })] }, [['a', 'f', { x: 1 }]]],
  ])('with %s', (_what, message, calls) => {
    expect(whole(message)).toMatchObject({ calls });
  });

  it('of a custom tool whose input is a text is an error', () => {
    expect(whole({ tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'f', input: 'ls' } }] })).toBe(
      'The model called "f" with arguments that are no JSON object.',
    );
  });

  it('without a name is an error', () => {
    expect(whole({ tool_calls: [{ id: 'a', function: { arguments: '{"x":1}' } }] })).toBe(
      'The model called a tool without its name.',
    );
  });
});

describe('thoughts and text', () => {
  const text = (value: string) => ({ type: 'reasoning.text', text: value });

  it.each<[string, object, string, string]>([
    ['as details', { reasoning_details: [text('h'), text('m')], content: 'Hi' }, 'hm', 'Hi'],
    ['as a summary', { reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }], content: 'Hi' }, 'hm', 'Hi'],
    [
      'as a summary in parts',
      {
        reasoning_details: [{ type: 'reasoning.summary', summary: [{ type: 'summary_text', text: 'hm' }] }],
        content: 'Hi',
      },
      'hm',
      'Hi',
    ],
    ['as reasoning_text', { reasoning_text: 'hm', content: 'Hi' }, 'hm', 'Hi'],
    ['encrypted', { reasoning_details: [{ type: 'reasoning.encrypted', data: 'AAAA' }], content: 'Hi' }, '', 'Hi'],
    ['twice', { reasoning: 'hm', reasoning_content: 'hm', reasoning_details: [text('hm')], content: 'Hi' }, 'hm', 'Hi'],
    ['in one of two fields', { reasoning: 'hm', reasoning_content: '', content: 'Hi' }, 'hm', 'Hi'],
    ['as an object', { reasoning: { content: 'hm' }, content: 'Hi' }, 'hm', 'Hi'],
    [
      'as blocks',
      { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'x' }], content: 'Hi' },
      'hm',
      'Hi',
    ],
    ['named as Ollama does', { thinking: 'hm', content: 'Hi' }, 'hm', 'Hi'],
    [
      'among the parts',
      { content: [{ type: 'reasoning', text: 'hm' }, { type: 'output_text', text: 'H' }, 'i'] },
      'hm',
      'Hi',
    ],
    ['in one part', { content: { type: 'text', text: 'Hi' } }, '', 'Hi'],
    ['inline in a part', { content: [{ type: 'text', text: '<think>hm</think>Hi' }] }, 'hm', 'Hi'],
    ['as a refusal', { content: null, refusal: 'No.' }, '', 'No.'],
    ['as a refusal among the parts', { content: [{ type: 'refusal', refusal: 'No.' }] }, '', 'No.'],
  ])('%s', (_what, message, thinking, content) => {
    expect(ofDeltas([message])).toMatchObject({ thinking, content, error: null });
    expect(whole(message)).toMatchObject({ thinking, content });
  });

  it('of a message in place of a delta are read', () => {
    expect(streamed(chunk({ message: { content: 'Hi' }, finish_reason: 'stop' }))).toMatchObject({ content: 'Hi' });
  });

  it('of other choices are nobody’s answer', () => {
    const both = [
      chunk({ index: 0, delta: { content: 'H' } }),
      chunk({ index: 1, delta: { content: 'other' } }),
      chunk({ index: 0, delta: { content: 'i' } }),
    ].join('');
    expect(streamed(both + END)).toMatchObject({ content: 'Hi' });
    const answer = {
      choices: [
        { index: 1, message: { content: 'other' } },
        { index: 0, message: { content: 'Hi' } },
      ],
    };
    const translated = fromOpenaiChat(JSON.stringify(answer), SETTINGS);
    expect(translated).toMatchObject({ text: expect.stringContaining('"content":"Hi"') });
  });
});
