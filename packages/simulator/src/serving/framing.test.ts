import { afterEach, describe, expect, it } from '@jest/globals';
import { sendRaw, type RawAnswer } from '../../test/raw-client.js';
import { startSimulator, type Simulator } from '../simulator.js';

interface Event {
  readonly choices: readonly {
    readonly delta?: { readonly content?: string };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: unknown;
}

const open: Simulator[] = [];

async function list(profile: string): Promise<RawAnswer> {
  const simulator = await startSimulator({ profile });
  open.push(simulator);
  return sendRaw(simulator.port, { path: '/v1/models' });
}

async function stream(profile: string, more: object = {}): Promise<RawAnswer> {
  const simulator = await startSimulator({ profile });
  open.push(simulator);
  const model = simulator.profile.models[0]?.id;
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Grüße, Welt' }], ...more });
  return sendRaw(simulator.port, { method: 'POST', path: '/v1/chat/completions', body });
}

/** The JSON of each event. */
function events({ chunks }: RawAnswer): Event[] {
  const lines = (chunks ?? []).join('').split(/\r\n|\r|\n/);
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
  return data.filter((text) => text !== '[DONE]').map((text) => JSON.parse(text) as Event);
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()));
});

describe('bytes on the wire', () => {
  it('S12 sends one byte a chunk, inside characters too', async () => {
    const { chunks, body } = await stream('one-byte-writes');
    expect(chunks?.length).toBeGreaterThan(400);
    expect(body.toString('latin1').split('\r\n').slice(0, 4)).toEqual(['1', 'd', '1', 'a']);
    expect(body.includes(Buffer.from('1\r\n\xc3\r\n1\r\n\xbc\r\n', 'latin1'))).toBe(true);
  });

  it('S01 ends lines in CR LF, in CR, without a space, over two lines, with a last event left open', async () => {
    expect((await stream('sse-crlf')).chunks?.at(-1)).toBe('data: [DONE]\r\n\r\n');
    expect((await stream('sse-cr')).chunks?.at(-1)).toBe('data: [DONE]\r\r');
    expect((await stream('sse-no-space')).chunks?.at(-1)).toBe('data:[DONE]\n\n');
    expect((await stream('sse-multi-line')).chunks?.[0]).toMatch(/^data: \{[^\n]*,\ndata: [^\n]*\}\n\n$/);
    expect((await stream('sse-no-blank-line')).chunks?.at(-1)).toBe('data: [DONE]');
  });

  it('S02 puts comments before and between the events', async () => {
    const { chunks } = await stream('sse-comments');
    expect(chunks?.[0]).toBe(': OPENROUTER PROCESSING\n\n');
    expect(chunks?.[2]).toBe(': keep-alive\n\n');
  });

  it('S10 ends cleanly or by a reset, without finish and [DONE]', async () => {
    const clean = await stream('truncated-clean');
    expect(clean.body.toString()).toMatch(/0\r\n\r\n$/);
    expect(clean.text).not.toMatch(/DONE|"stop"/);
    const reset = await stream('truncated-reset');
    expect(reset.body.toString()).not.toMatch(/DONE|0\r\n\r\n$/);
    expect(await open.at(-1)?.requests[0]?.closed).toBe('cut');
  });

  it('S13 sends a line of eight megabytes', async () => {
    const { chunks } = await stream('huge-line');
    expect(Math.max(...(chunks ?? []).map((chunk) => chunk.length))).toBeGreaterThan(8 * 1024 * 1024);
  });

  it('F10 to F13 break the body off where they say', async () => {
    const cut = await list('cut-body');
    expect(cut.body).toHaveLength(40);
    expect(cut.headers).not.toContainEqual(['Content-Length', '40']);
    const short = await list('short-body');
    expect(short.headers).toContainEqual(['Content-Length', String(short.body.length + 50)]);
    const half = await list('half-chunk');
    expect([half.chunks, half.body.length]).toEqual([[], 40]);
    expect((await list('bad-chunk-size')).body.toString()).toMatch(/^zz\r\n/);
  });

  it('F14 to F16 speak no HTTP, or say gzip, truly and not', async () => {
    expect((await list('not-http')).text).toBe('SSH-2.0-OpenSSH_9.6\r\n');
    const zipped = await list('gzip-unasked');
    expect(zipped.headers).toContainEqual(['Content-Encoding', 'gzip']);
    expect([...zipped.body.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect((await list('bad-gzip')).body.toString()).toMatch(/^\{/);
  });

  it('L04 llama.cpp puts two events in its first chunk, Ollama three in its last', async () => {
    const llama = await stream('llama-cpp');
    expect(llama.chunks?.[0]?.match(/^data:/gm)).toHaveLength(2);
    const ollama = await stream('ollama', { stream_options: { include_usage: true } });
    expect(ollama.chunks?.at(-1)?.match(/^data:/gm)).toHaveLength(3);
  });
});

describe('what a stream says', () => {
  const content = (all: Event[]): string => all.map((event) => event.choices[0]?.delta?.content ?? '').join('');

  it('repeats the last user message', async () => {
    const all = events(await stream('vllm'));
    expect(content(all)).toBe('Grüße, Welt');
    expect(all.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('S03 tells usage where its server does', async () => {
    const asked = { stream_options: { include_usage: true } };
    const usages = async (profile: string, more: object = {}): Promise<unknown[]> =>
      events(await stream(profile, more)).map(({ usage }) => usage);
    expect((await usages('usage-asked')).at(-1)).toBeUndefined();
    expect((await usages('usage-asked', asked)).at(-1)).toMatchObject({ completion_tokens: 2 });
    expect((await usages('usage-never', asked)).at(-1)).toBeUndefined();
    expect((await usages('usage-null-until-finish'))[0]).toBeNull();
    expect(await usages('usage-every-chunk')).not.toContain(undefined);
  });

  it('S04 refuses stream_options, and only those', async () => {
    expect((await stream('refuses-stream-options', { stream_options: {} })).statusLine).toMatch(/ 422 /);
    expect((await stream('refuses-stream-options')).statusLine).toMatch(/ 200 /);
  });

  it('S06 leaves finish_reason out, empty, or away for ever', async () => {
    const finishes = async (profile: string): Promise<unknown[]> =>
      events(await stream(profile)).map(({ choices }) => choices[0]?.finish_reason);
    expect(await finishes('finish-absent')).toEqual([undefined, undefined, undefined, 'stop']);
    expect(await finishes('finish-empty')).toEqual(['', '', '', 'stop']);
    expect(await finishes('finish-never')).toEqual([null, null, null]);
  });

  it('S09 sends an error after two words, then [DONE] or nothing', async () => {
    const withDone = await stream('error-then-done', { messages: [{ role: 'user', content: 'a b c d' }] });
    expect(content(events(withDone).slice(0, -1))).toBe('a b');
    expect(withDone.chunks?.at(-1)).toMatch(/DONE/);
    expect((await stream('error-no-done')).text).not.toMatch(/DONE/);
  });

  it('S11 sends an error status as a stream, and JSON where a stream was asked for', async () => {
    const failed = await stream('error-as-stream');
    expect(failed.statusLine).toMatch(/ 500 /);
    expect(failed.headers).toContainEqual(['Content-Type', 'text/event-stream']);
    expect((await stream('json-for-stream')).headers).toContainEqual(['Content-Type', 'application/json']);
  });

  it('stops at max_tokens and says so', async () => {
    const all = events(await stream('vllm', { max_tokens: 1 }));
    expect([content(all), all.at(-1)?.choices[0]?.finish_reason]).toEqual(['Grüße,', 'length']);
  });
});
