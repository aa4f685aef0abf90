import { describe, expect, it } from '@jest/globals';
import { createExactJson } from './exact-integers.js';
import { chatRequest, parseRequest } from './request.js';

const read = (body: string) => parseRequest(chatRequest, Buffer.from(body), createExactJson());

describe('a request that would take the whole memory to be looked at', () => {
  it.each([
    ['messages that are none', `{"messages":[${'0,'.repeat(300_000)}0]}`],
    ['tools without end', `{"tools":[${'{},'.repeat(150_000)}{}]}`],
    ['a tool that nobody could print', `{"tools":[${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}]}`],
  ])('is refused before it is: %s', (_what, body) => {
    expect(() => read(body)).toThrow('The body has too many parts, or they lie too deep.');
  });

  it('is one with more tool calls in a message than their answers can be found among', () => {
    const calls = (count: number) => new Array<object>(count).fill({ function: { name: 'f' } });
    const body = (count: number) => JSON.stringify({ messages: [{ role: 'assistant', tool_calls: calls(count) }] });
    expect(() => read(body(1_001))).toThrow('messages.0.tool_calls');
    expect(read(body(1_000)).messages).toHaveLength(1);
  });
});
