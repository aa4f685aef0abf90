import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  answering,
  delta,
  EVENTS,
  linesOf,
  openOddAnswers,
  type OddAnswers,
} from '../../support/endpoints/odd-answers.js';
import type { RawEndpoint } from '../../support/endpoints/raw-endpoint.js';

// An endpoint's answer costs the server a bounded time and a bounded part of its event loop, whatever it holds.

let on: OddAnswers;
let plain: RawEndpoint;

beforeAll(async () => {
  on = await openOddAnswers();
  ({ plain } = on);
}, 60_000);

afterAll(() => on.close());

const ask: OddAnswers['ask'] = (...request) => on.ask(...request);

describe('an answer without end', () => {
  const endless =
    (piece: string, closed: Promise<unknown>[] = []): RequestListener =>
    (_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, EVENTS);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };

  it.each([
    ['comments', `: ${'x'.repeat(1_000)}\n`],
    ['one comment', 'x'.repeat(1_000)],
    ['empty lines', '\n'.repeat(1_000)],
    ['events without data', 'event: ping\ndata:\n\n'.repeat(100)],
  ])('of %s is stopped', async (_what, piece) => {
    for (const path of ['/v1/chat/completions', '/api/chat']) {
      const closed: Promise<unknown>[] = [];
      const start: RequestListener = (request, response) => {
        const flood = endless(piece, closed);
        flood(request, response);
      };
      const first = piece.startsWith('x') ? `: ${piece}` : piece;
      const { outcome } = await ask(
        plain,
        (request, response) => {
          if (piece.startsWith('x')) {
            closed.push(once(response, 'close'));
            response.writeHead(200, EVENTS).write(first);
            const more = (): void => {
              while (!response.destroyed && response.write(piece));
              if (!response.destroyed) response.once('drain', more);
            };
            more();
          } else start(request, response);
        },
        { path, body: { stream: true } },
      );
      expect(outcome).toBe('upstream-error');
      await closed[0];
    }
  });

  it('of thoughts is stopped, also where the caller sees none of them', async () => {
    const thought = delta({ reasoning_content: 'hm '.repeat(20_000) });
    for (const think of [true, false]) {
      const { text, outcome } = await ask(plain, endless(thought), { path: '/api/chat', body: { think } });
      expect([linesOf(text).at(-1), outcome]).toEqual([{ error: 'The model thinks without end.' }, 'upstream-error']);
    }
    const inline = await ask(plain, endless(delta({ content: '<think>'.repeat(10_000) })), { path: '/api/chat' });
    expect(linesOf(inline.text).at(-1)).toEqual({ error: 'The model thinks without end.' });
  });
});

describe('an answer that is made to hold everybody up', () => {
  const MEGABYTES = 30;
  const filled = (piece: string) => piece.repeat(Math.floor((MEGABYTES << 20) / piece.length));

  it.each([
    ['empty objects', `{"choices":[${filled('{},')}{}]}`, 'The endpoint gave no chat completion.'],
    ['nested lists', `{"choices":[{"message":{"content":${filled('[')}`, 'The endpoint’s answer is not JSON.'],
    [
      'empty objects in what is wanted',
      `{"choices":[{"message":{"tool_calls":[${filled('{},')}{}]}}]}`,
      'The endpoint’s answer is too long to be translated.',
    ],
    ['keys', `{${filled('"a":1,')}"b":2}`, 'The endpoint’s answer has too many parts to be translated.'],
  ])(
    'by %s is refused (the event loop’s guard holds the time that it takes)',
    async (_what, bytes, error) => {
      const body = Buffer.from(bytes);
      const { text } = await ask(plain, answering({ 'content-type': 'application/json' }, body, 1 << 20), {
        path: '/api/chat',
        body: { stream: false },
      });
      expect(linesOf(text)[0]).toEqual({ error });
    },
    60_000,
  );

  it('is no matter for honest ones: embeddings of twelve megabytes come through, digit by digit', async () => {
    const vector = Array.from({ length: 1_024 }, (_, place) => `0.${String(123_456_789 + place)}`).join(', ');
    const rows = Array.from(
      { length: 800 },
      (_, index) => `{"object":"embedding","index":${String(799 - index)},"embedding":[${vector}]}`,
    );
    const body = Buffer.from(`{"data":[${rows.join(',')}],"usage":{"prompt_tokens":9,"total_tokens":9}}`);
    const { status, text, tokens } = await ask(
      plain,
      answering({ 'content-type': 'application/json' }, body, 1 << 20),
      {
        path: '/api/embed',
        body: { input: ['x'] },
      },
    );
    expect([status, tokens]).toEqual([200, { input: 9, output: null }]);
    expect(text.split(`[${vector}]`)).toHaveLength(801);
    const { embeddings } = JSON.parse(text) as { embeddings: number[][] };
    expect([embeddings.length, embeddings[0]?.length]).toEqual([800, 1_024]);
  }, 60_000);
});
