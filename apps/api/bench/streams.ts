import type { PassThroughCalls } from './servers/pass-through.js';
import type { TickingCalls } from './servers/ticking.js';
import type { Scenario } from './support/bench.js';
import { startChild } from './support/child.js';
import type { HeldStreamsCalls } from './support/held-streams.js';
import { quantile, spread } from './support/measure.js';
import { isServed, link, startProduct } from './support/product.js';

const STREAMS = 512;
const EVERY_MS = 100;
/** A frame that comes later would be seen as a stutter by nobody, and shows that something stood in its way. */
const LATE_MS = 20;

/** Whether many streams can be held at once without one being lost or its frames coming in lumps. */
export const streams: Scenario = async ({ scope, effort, say }) => {
  // Thirty seconds in a full run.
  const frames = effort.seconds * 100;
  const ticking = scope.use(startChild<TickingCalls>(new URL('./servers/ticking.ts', import.meta.url)));
  const upstream = await ticking.call('start', { frames, everyMs: EVERY_MS });
  const bare = scope.use(startChild<PassThroughCalls>(new URL('./servers/pass-through.ts', import.meta.url)));
  const product = await startProduct(scope);
  await link(product, [upstream], isServed(product));
  const clients = scope.use(startChild<HeldStreamsCalls>(new URL('./support/held-streams.ts', import.meta.url)));
  const body = JSON.stringify({ model: 'bench-model', stream: true, messages: [{ role: 'user', content: 'Tell.' }] });
  const held = { body, count: STREAMS, frames, beginWithinMs: EVERY_MS * 10 };
  const json = { 'content-type': 'application/json' };
  const ways = {
    bare: { url: `${await bare.call('start', upstream)}/chat/completions`, headers: json },
    ours: { url: `${product.url}/v1/chat/completions`, headers: product.headers },
  };
  const inTime = { bare: 0, ours: 0 };
  const p99 = { bare: 0, ours: 0 };
  for (const way of ['bare', 'ours'] as const) {
    const late = await clients.call('hold', { ...held, ...ways[way] });
    inTime[way] = (100 * late.filter((ms) => ms <= LATE_MS).length) / late.length;
    p99[way] = quantile(late, 0.99);
    say(`streams: ${STREAMS} held ${way === 'bare' ? 'by a bare pass-through' : 'by us'} for ${frames * EVERY_MS} ms`);
  }
  return [
    {
      claim: `${STREAMS} streams held for ${(frames * EVERY_MS) / 1000} s, frames at most ${LATE_MS} ms late`,
      against: '–',
      unit: '%',
      ours: inTime.ours,
      theirs: inTime.bare,
      compared: spread([inTime.ours]),
      goal: { is: 'at least', value: 99, as: 'value' },
      note:
        `a frame every ${EVERY_MS} ms in each, none lost; p99 ${p99.ours.toFixed(1)} ms late, ` +
        `a bare pass-through ${inTime.bare.toFixed(2)} % and ${p99.bare.toFixed(1)} ms`,
    },
  ];
};
