import { describe, expect, it } from '@jest/globals';
import { UsageChunkFilter } from './usage-chunk-filter.js';

const USAGE = 'data: {"id":"é🙂","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}';
const DELTA = 'data: {"choices":[{"delta":{"content":"Grüße 🙂"},"finish_reason":null}],"usage":null}';
const DONE = 'data: [DONE]';

function filtered(chunks: readonly Buffer[]): string {
  const filter = new UsageChunkFilter();
  const passed = chunks.map((chunk) => filter.push(chunk));
  return Buffer.concat([...passed, filter.end()]).toString();
}

/** The stream whole, in single bytes, and in two at every place. */
function everyWay(text: string): Set<string> {
  const bytes = Buffer.from(text);
  const ways = [filtered([bytes]), filtered([...bytes].map((byte) => Buffer.from([byte])))];
  for (let at = 0; at <= bytes.length; at += 1) ways.push(filtered([bytes.subarray(0, at), bytes.subarray(at)]));
  return new Set(ways);
}

const withEnds = (text: string, end: string): string => text.replaceAll('\n', end);

describe('the usage chunk is taken out of a stream, and nothing else, wherever it is cut', () => {
  it.each([
    ['before [DONE]', `${DELTA}\n\n${USAGE}\n\n${DONE}\n\n`, `${DELTA}\n\n${DONE}\n\n`],
    ['as the last event', `${DELTA}\n\n${USAGE}\n\n`, `${DELTA}\n\n`],
    ['as the last line, without an end', `${DELTA}\n\n${USAGE}`, `${DELTA}\n\n`],
    ['twice', `${USAGE}\n\n${DELTA}\n\n${USAGE}\n\n${DONE}\n\n`, `${DELTA}\n\n${DONE}\n\n`],
    ['without a space', `${USAGE.replace(': ', ':')}\n\n${DONE}\n\n`, `${DONE}\n\n`],
    ['with its other fields', `${DELTA}\n\nevent: x\nid: 7\n${USAGE}\n\n${DONE}\n\n`, `${DELTA}\n\n${DONE}\n\n`],
    ['but not the comments around it', `: a\n\n: b\n${USAGE}\n\n: c\n\n${DONE}\n\n`, `: a\n\n: b\n: c\n\n${DONE}\n\n`],
    ['but not what follows without an empty line', `${USAGE}\n${DONE}\n\n`, `${DONE}\n\n`],
    [
      'over two lines of data',
      `${DELTA}\n\ndata: {"choices":[],\ndata: "usage":{"prompt_tokens":1}}\n\n${DONE}\n\n`,
      `${DELTA}\n\n${DONE}\n\n`,
    ],
  ])('%s', (_what, sent, wanted) => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(everyWay(withEnds(sent, end))).toEqual(new Set([withEnds(wanted, end)]));
    }
  });

  it.each([
    ['has choices', `data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}\n\n${DONE}\n\n`],
    ['has no usage', 'data: {"choices":[],"prompt_filter_results":[]}\n\n'],
    ['has usage null', 'data: {"choices":[],"usage":null}\n\n'],
    ['has usage elsewhere', 'data: {"choices":[],"x_groq":{"usage":{"prompt_tokens":1}}}\n\n'],
    ['is an error', 'data: {"error":{"message":"no"},"choices":[],"usage":{"prompt_tokens":1}}\n\n'],
    ['is no JSON', 'data: {"usage":{ no\n\ndata: hello\n\ndata\n\n:\n\nfoo: bar\n\n'],
    ['quotes one', `data: {"choices":[{"delta":{"content":"\\"choices\\":[],\\"usage\\":{}"}}]}\n\n`],
    ['is cut', '\n\n\ndata: {"choices":[],"usage":{"prompt_tokens"'],
    ['is not of this kind', 'event: message\ndata: {"a":1}\ndata: {"b":2}\nid: 3\n\nretry: 5\n\n'],
  ])('and what %s stays', (_what, sent) => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(everyWay(withEnds(sent, end))).toEqual(new Set([withEnds(sent, end)]));
    }
  });
});

it('an event goes on with its last byte and a comment with its first', () => {
  const filter = new UsageChunkFilter();
  const push = (text: string): string => filter.push(Buffer.from(text)).toString();
  expect([push(DELTA), push('\n'), push('\n')]).toEqual(['', `${DELTA}\n`, '\n']);
  expect([push(': pi'), push('ng\n'), push('\n')]).toEqual([': pi', 'ng\n', '\n']);
  expect([push('data: [DO'), push('NE]\n\n')]).toEqual(['', `${DONE}\n\n`]);
  expect(filter.end()).toHaveLength(0);
});

it('a line of megabytes is not kept', () => {
  const filter = new UsageChunkFilter();
  const piece = Buffer.alloc(64 * 1024, 'a');
  expect(filter.push(Buffer.from('data: {"x":"'))).toHaveLength(0);
  for (let count = 0; count < 64; count += 1) {
    expect(filter.push(piece).length).toBeGreaterThanOrEqual(piece.length);
  }
  expect(filter.push(Buffer.from(`"}\n\n${USAGE}\n\n${DONE}\n\n`)).toString()).toBe(`"}\n\n${DONE}\n\n`);
});

it('an event of many lines is none that is waited for: each of them would have all before it read again', () => {
  const filter = new UsageChunkFilter();
  const begun = Buffer.from('data: {"usage":{"x":[\n');
  expect(filter.push(begun)).toHaveLength(0);
  const line = Buffer.from('data: 1,\n');
  let passed = 0;
  for (let count = 0; count < 100; count += 1) passed += filter.push(line).length;
  expect(passed).toBeGreaterThan(0);
  expect(passed + filter.end().length).toBe(begun.length + 100 * line.length);
});
