import { describe, expect, it } from '@jest/globals';
import { ChatStreamTranslator } from '../ollama/translate/from-openai-chat.js';
import { JsonTap } from '../streams/json-tap.js';
import { LineTap } from '../streams/line-tap.js';
import { ResponseIdTap } from '../streams/response-id-tap.js';
import { EventReader } from './event-reader.js';

// Whatever an endpoint sends, one read of its socket must not hold everybody up.

const CHUNK = 64 * 1024;
/** Of CPU time, for one chunk: the aim is 20 ms, and this machine may be slower and busy. */
const MOST_MS = 60;

const filled = (piece: string) => Buffer.from(piece.repeat(Math.ceil(CHUNK / piece.length))).subarray(0, CHUNK);

const PIECES = [
  '\n',
  '\r',
  '\r\n',
  ':\n',
  ': x\n\n',
  'x\n',
  'data:\n',
  'data:\n\n',
  'data:{}\n\n',
  'data:{\n\n',
  'data: {"a":\n',
  '{',
  '[',
  '{},',
  '"',
  '\\',
  '"usage":{',
  '"usage":',
  'data: {"usage":{}}\n\n',
  'data: {"usage":{\n\n',
  'data: {"error":{}}\n\n',
  'data: {"choices":[{"delta":{"content":"x"}}]}\n\n',
  'data: {"choices":[]}\n\n',
  'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}]}\n\n',
  'data: {"finish_reason" "finish_reason" \n',
  '"id":"resp',
  '"done":true,',
  '{"error":1}\n',
  '{"done":true}\n',
  '<think>',
  'event: x\n',
  'id: 1\n',
  'data: [DONE]\n\n',
  '\uFEFF',
  'data: "response.',
];

const SETTINGS = { shape: 'chat', model: 'm', hidesThinking: false, startedAt: 0 } as const;
const readers: readonly (readonly [string, () => { push(chunk: Buffer): unknown }])[] = [
  ['the tap of a stream', () => new EventReader({ endMarks: 'USUALLY', hidesTokens: false, responseId: null })],
  ['the filter of a stream', () => new EventReader({ endMarks: 'USUALLY', hidesTokens: true, responseId: null })],
  ['the tap of lines', () => new LineTap()],
  ['the tap of one piece', () => new JsonTap()],
  ['the tap of an id', () => new ResponseIdTap(() => undefined)],
  ['the translator', () => new ChatStreamTranslator(SETTINGS)],
];

describe.each(readers)('%s', (_what, create) => {
  it.each(PIECES)('takes any number of %j in its stride', (piece) => {
    const chunk = filled(piece);
    const beginnings = ['', `data: {"choices":[{"delta":{"content":"`];
    for (const beginning of beginnings) {
      // The best of some: what counts is the work, and not what else this machine does.
      let best = Infinity;
      for (let round = 0; round < 3 && best > MOST_MS; round += 1) {
        const reader = create();
        reader.push(Buffer.from(beginning));
        let longest = 0;
        for (let count = 0; count < 6; count += 1) {
          const before = process.cpuUsage();
          reader.push(chunk);
          longest = Math.max(longest, process.cpuUsage(before).user / 1_000);
        }
        best = Math.min(best, longest);
      }
      expect(best).toBeLessThan(MOST_MS);
    }
  });

  it('takes an answer byte by byte', () => {
    const reader = create();
    const bytes = filled('data: {"choices":[{"delta":{"content":"x"}}],"usage":{"a":');
    const before = process.cpuUsage();
    for (let at = 0; at < 32 * 1024; at += 1) reader.push(bytes.subarray(at, at + 1));
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });
});
