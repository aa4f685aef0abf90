import { describe, expect, it } from '@jest/globals';
import { endpointMasks } from '@intrallm/providers';
import { ToldErrors } from './told-errors.js';

const KEY = 'sk-distinct-51c8a2e4';
const STARS = '*'.repeat(KEY.length);
const { words: mask } = endpointMasks({ apiKey: KEY, headers: [] });

/** What becomes of the text, sent in parts of every length that tells something. */
function passed(text: string, isStream: boolean): string[] {
  const bytes = Buffer.from(text);
  const results = [1, 2, 3, 5, 16, 61, bytes.length].map((length) => {
    const told = new ToldErrors(mask, isStream);
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += length) parts.push(told.push(bytes.subarray(at, at + length)));
    return Buffer.concat([...parts, told.end()]).toString();
  });
  return [...new Set(results)];
}

describe.each(['\n', '\r\n', '\r'])('an error in a stream with %j', (newline) => {
  const lines = (...all: string[]): string => all.join(newline) + newline;
  const success = `data: {"choices":[{"delta":{"content":"error: ${KEY}"}}]}`;

  it.each([
    ['by its name', `data: {"error":{"message":"wrong: ${KEY}"}}`],
    ['by its name, behind the words', `data: {"info":"${KEY}","error":"yes"}`],
    ['by its type', `data: {"type":"error","message":"${KEY}"}`],
    ['of a response that failed', `data: {"type":"response.failed","response":{"error":{"message":"${KEY}"}}}`],
    ['as a detail', `data: {"detail":"${KEY}"}`],
    ['as a mere message', `data:{"message":"${KEY}","code":401}`],
  ])('%s', (_, line) => {
    const text = lines(success, '', line, '', success, '');
    expect(passed(text, true)).toEqual([text.replace(line, line.replaceAll(KEY, STARS))]);
  });

  it('by the name of its event, whatever its data are, and no later one', () => {
    const text = (key: string): string =>
      lines('event: error', `data: {"why":"${key}"}`, `data: {"more":"${key}"}`, '', success, '', success, '');
    expect(passed(text(KEY), true)).toEqual([text(STARS)]);
  });

  it('over several lines of data', () => {
    const text = (key: string): string => lines('data: {"error":', `data: {"message":"${key}"}}`, '', success, '');
    expect(passed(text(KEY), true)).toEqual([text(STARS)]);
  });
});

describe('an answer of success', () => {
  it.each([
    ['a chat', `data: {"choices":[{"delta":{"content":"{\\"error\\":\\"${KEY}\\"}"}}]}\n\ndata: [DONE]\n\n`],
    ['a response', `event: response.created\ndata: {"response":{"error":null,"instructions":"${KEY}"}}\n\n`],
    ['lines', `{"model":"m","message":{"content":"${KEY}"},"done":false}\n{"done":true}\n`],
    ['a line without an end', `data: {"choices":[{"delta":{"content":"${KEY}"}}]}`],
    ['a very long line', `data: {"choices":[{"delta":{"content":"${KEY}${'error '.repeat(20_000)}${KEY}"}}]}\n\n`],
  ])('passes byte for byte: %s', (_, text) => expect(passed(text, true)).toEqual([text]));

  it.each([
    ['a completion', `{"id":"1","choices":[{"message":{"content":"${KEY}"}}],"error":null}`],
    ['text', `error ${KEY}`],
    ['embeddings', `{"data":[{"embedding":[1]}],"model":"${KEY}"}`],
  ])('passes byte for byte in one piece: %s', (_, text) => {
    const told = new ToldErrors(mask, false);
    expect(Buffer.concat([told.push(Buffer.from(text)), told.end()]).toString()).toBe(text);
  });

  it('is the very chunk that came, where nothing has to be looked at', () => {
    const event = Buffer.from('data: {"choices":[{"delta":{"content":"x"}}]}\n\n');
    expect(new ToldErrors(mask, true).push(event)).toBe(event);
    const whole = Buffer.from(`{"choices":[{"message":{"content":"${'x'.repeat(64)}"}}]}`);
    expect(new ToldErrors(mask, false).push(whole)).toBe(whole);
    const sound = Buffer.from([0xff, 0xfb, 0x90]);
    expect(new ToldErrors(mask, false).push(sound)).toBe(sound);
  });
});

describe('an error under a status of success', () => {
  it.each([
    ['in one piece', `{"error":{"message":"${KEY}"}}`],
    ['as a detail', `{"detail":"${KEY}"}`],
    ['as an object of that kind', `{"object":"error","message":"${KEY}"}`],
  ])('is masked %s', (_, text) => {
    const told = new ToldErrors(mask, false);
    const bytes = Buffer.from(text);
    const parts = [told.push(bytes.subarray(0, 30)), told.push(bytes.subarray(30)), told.end()];
    expect(Buffer.concat(parts).toString()).toBe(text.replace(KEY, STARS));
  });

  it.each([
    ['a line of JSON', `{"error":"${KEY}"}\n{"message":{"content":"${KEY}"}}\n`, true],
    ['an event that is not said to be one', `data: {"error":"${KEY}"}\n\n`, false],
    ['a last line without an end', `data: {"error":"${KEY}"}`, true],
    ['a line that is too long to wait for', `data: {"error":"${'x'.repeat(70_000)} ${KEY}"}\n\n: ${KEY}\n\n`, true],
  ])('is masked: %s', (_, text, isStream) => {
    expect(passed(text, isStream)).toEqual([text.replace(KEY, STARS)]);
  });
});
