import { describe, expect, it } from '@jest/globals';
import { InlineThinking } from './inline-thinking.js';

function read(pieces: readonly string[]) {
  const inline = new InlineThinking();
  const told = [...pieces.map((piece) => inline.push(piece)), inline.end()];
  return {
    content: told.map(({ content }) => content).join(''),
    thinking: told.map(({ thinking }) => thinking).join(''),
  };
}

describe('thoughts in the text of an answer', () => {
  it.each([
    ['<think>a < b</think>\n\nHi <think>x</think>', { thinking: 'a < b', content: 'Hi <think>x</think>' }],
    ['\n<think></think>Hi', { thinking: '', content: 'Hi' }],
    ['<think>never ended </thin', { thinking: 'never ended </thin', content: '' }],
    ['<thinking about it', { thinking: '', content: '<thinking about it' }],
    ['Hi <think>x</think>', { thinking: '', content: 'Hi <think>x</think>' }],
    ['  \n', { thinking: '', content: '  \n' }],
    ['', { thinking: '', content: '' }],
  ])('%j is told apart, wherever it is cut', (text, wanted) => {
    expect(read([text])).toEqual(wanted);
    expect(read(text.split(''))).toEqual(wanted);
    for (let at = 1; at < text.length; at += 1) expect(read([text.slice(0, at), text.slice(at)])).toEqual(wanted);
  });

  it('holds nothing back that cannot be a tag any more', () => {
    const inline = new InlineThinking();
    expect(inline.push('<think>one <')).toEqual({ content: '', thinking: 'one ' });
    expect(inline.push('b')).toEqual({ content: '', thinking: '<b' });
  });

  it('holds back a few blanks, not an answer of nothing else', () => {
    const inline = new InlineThinking();
    let held = 0;
    for (let count = 0; count < 10_000; count += 1) held += 2 - inline.push('\n ').content.length;
    expect(held).toBe(0);
    expect(inline.push('<think>x')).toEqual({ content: '<think>x', thinking: '' });
  });
});
