import { describe, expect, it } from '@jest/globals';
import { readRecording } from '@intrallm/simulator';
import { createJsonLineParser, createSseParser, type StreamParser, type StreamParserOptions } from './streams.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function run<T>(parser: StreamParser<T>, parts: readonly Uint8Array[]): T[] {
  return [...parts.flatMap((part) => parser.push(part)), ...parser.end()];
}

/** The same events whatever the cut: at every byte boundary, and byte by byte. */
function expectWhereverCut<T>(create: () => StreamParser<T>, text: string, expected: readonly unknown[]) {
  const bytes = bytesOf(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect({ cut, events: run(create(), [bytes.slice(0, cut), bytes.slice(cut)]) }).toEqual({ cut, events: expected });
  }
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  expect(run(create(), single)).toEqual(expected);
}

const sse = (options?: StreamParserOptions) => () => createSseParser(options);
const message = (data: string) => ({ event: 'message', data, id: null });

describe('the SSE parser, cut at every byte', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('reads events whose lines end in %s', (_, end) => {
    const text = ['data: {"a":"ä€😀"}', '', 'data: [DONE]', '', ''].join(end);
    expectWhereverCut(sse(), text, [message('{"a":"ä€😀"}'), message('[DONE]')]);
  });

  it('takes one space after the colon, or none, and joins the data of several lines', () => {
    expectWhereverCut(sse(), 'data:x\ndata:  y\ndata\ndata:\n\n', [message('x\n y\n\n')]);
  });

  it('reads names and ids, keeps the id, and forgets the name', () => {
    expectWhereverCut(sse(), 'event: start\nid: 7\ndata: 1\n\ndata: 2\n\n', [
      { event: 'start', data: '1', id: '7' },
      { event: 'message', data: '2', id: '7' },
    ]);
  });

  it('ignores comments, retry, unknown fields and events without data', () => {
    expectWhereverCut(sse(), ': OPENROUTER PROCESSING\n\nevent: ping\n\nretry: 3\nfoo: bar\n\n:\n\ndata: x\n\n', [
      message('x'),
    ]);
  });

  it('delivers the last event without its blank line, or even its line end', () => {
    expectWhereverCut(sse(), 'data: a\n\ndata: b', [message('a'), message('b')]);
    expectWhereverCut(sse(), 'data: a\n\ndata: b\r', [message('a'), message('b')]);
  });

  it('drops a byte order mark', () => {
    expectWhereverCut(sse(), '\uFEFFdata: a\n\n', [message('a')]);
  });

  it('drops an event that is too long, tells so once, and goes on with the next', () => {
    let overflows = 0;
    const create = sse({ maxLength: 20, onOverflow: () => (overflows += 1) });
    const text = `data: ${'x'.repeat(50)}\n\ndata: 12345678\ndata: 12345678\ndata: 12345678\n\ndata: ok\n\n`;
    const events = run(create(), [bytesOf(text)]);
    expect(events.filter(({ data }) => data !== '')).toEqual([message('ok')]);
    expect(overflows).toBe(2);
  });

  it('holds no more of an endless line than the cap', () => {
    const parser = createSseParser({ maxLength: 1_000 });
    const part = bytesOf('x'.repeat(1_000));
    for (let count = 0; count < 2_000; count += 1) expect(parser.push(part)).toEqual([]);
    expect(parser.push(bytesOf('\n\ndata: ok\n\n'))).toEqual([message('ok')]);
  });

  it('holds no more empty lines of an endless event than the cap', () => {
    let overflows = 0;
    const parser = createSseParser({ maxLength: 1_000, onOverflow: () => (overflows += 1) });
    for (let count = 0; count < 1_001; count += 1) parser.push(bytesOf('data\n'));
    expect(overflows).toBe(0);
    for (let count = 0; count < 1_000; count += 1) parser.push(bytesOf('data:\n'));
    expect(overflows).toBe(1);
  });
});

describe('the JSON line parser, cut at every byte', () => {
  it('reads a value a line, ignores blank lines, and needs no last line end', () => {
    expectWhereverCut(() => createJsonLineParser(), '{"a":"ä€😀"}\n\r\n{"b":[1,2]}\r\n"x"', [
      { a: 'ä€😀' },
      { b: [1, 2] },
      'x',
    ]);
  });

  it('keeps a carriage return inside a line as white space', () => {
    expectWhereverCut(() => createJsonLineParser(), '{"a":\r1}\n', [{ a: 1 }]);
  });

  it('gives undefined for a line that is no JSON, and goes on', () => {
    expectWhereverCut(() => createJsonLineParser(), 'oops\n1\n', [undefined, 1]);
  });

  it('skips a line over the cap', () => {
    let overflows = 0;
    const parser = createJsonLineParser({ maxLength: 10, onOverflow: () => (overflows += 1) });
    expect(run(parser, [bytesOf(`"${'x'.repeat(20)}"\n2\n`)])).toEqual([2]);
    expect(overflows).toBe(1);
  });
});

describe('recorded streams', () => {
  const chunksOf = (server: string, name: string) => {
    const found = readRecording(server).exchanges.find((exchange) => exchange.name === name)?.response.chunks;
    if (!found) throw new Error(`There is no stream ${name}.`);
    return found.map(bytesOf);
  };

  it.each([
    ['ollama', 'v1-chat-stream-usage'],
    ['llama-server', 'chat-stream-usage'],
    ['llama-server', 'completions-stream'],
  ])('%s, %s: every event is JSON up to [DONE]', (file, name) => {
    const events = run(createSseParser(), chunksOf(file, name));
    expect(events.at(-1)?.data).toBe('[DONE]');
    const frames = events.slice(0, -1).map(({ data }): unknown => JSON.parse(data));
    expect(frames.length).toBeGreaterThan(2);
    for (const frame of frames) expect(frame).toHaveProperty('object');
  });

  it.each(['chat-stream', 'generate-stream'])('ollama.json, %s: the last line says that it is done', (name) => {
    const lines = run(createJsonLineParser(), chunksOf('ollama', name));
    expect(lines.at(-1)).toMatchObject({ done: true, done_reason: expect.any(String) });
  });

  it('a pull that fails ends in a line with an error', () => {
    const lines = run(createJsonLineParser(), chunksOf('ollama', 'pull-unreachable-registry'));
    expect(lines.at(-1)).toMatchObject({ error: expect.stringContaining('pull model manifest') });
  });
});
