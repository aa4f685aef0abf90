import { expect, it } from '@jest/globals';
import { Counter, Histogram, Registry } from 'prom-client';
import { LabelledCounter, LabelledHistogram } from './labelled-counter.js';

const LABELS = ['method', 'route'] as const;
const ABOUT = { name: 'a_total', help: 'How many.', labelNames: LABELS };
const SPREAD = { name: 'b_seconds', help: 'How long.', labelNames: LABELS, buckets: [0.1, 1, 10] };

/** What was counted, as each writes it down for Prometheus. */
async function written(count: (inc: (method: string, route: string, value: number) => void) => void) {
  const [ours, theirs] = [new Registry(), new Registry()];
  const own = {
    counter: new LabelledCounter({ ...ABOUT, registry: ours }),
    spread: new LabelledHistogram({ ...SPREAD, registry: ours }),
  };
  const other = {
    counter: new Counter({ ...ABOUT, registers: [theirs] }),
    spread: new Histogram({ ...SPREAD, registers: [theirs] }),
  };
  count((method, route, value) => {
    own.counter.inc([method, route], value);
    own.spread.observe([method, route], value);
    other.counter.inc({ method, route }, value);
    other.spread.observe({ method, route }, value);
  });
  const lines = async (registry: Registry) =>
    (await registry.metrics()).split('\n').map((line) => line.replace(/\{le="([^"]+)",(.*)\}/, '{$2,le="$1"}'));
  return { ours: await lines(ours), theirs: await lines(theirs) };
}

it('tells Prometheus what prom-client would tell', async () => {
  const { ours, theirs } = await written((count) => {
    for (const value of [0.05, 0.1, 0.5, 5, 50]) count('GET', '/a', value);
    for (const value of [1, 1, 1]) count('POST', '/with "quotes" and \\', value);
  });
  expect(ours).toEqual(theirs);
  expect(ours.length).toBeGreaterThan(15);
});

it('tells nothing while nothing is counted', async () => {
  const { ours, theirs } = await written(() => undefined);
  expect(ours).toEqual(theirs);
});

it('refuses a name that is taken', () => {
  const registry = new Registry();
  new LabelledCounter({ ...ABOUT, registry });
  expect(() => new LabelledCounter({ ...ABOUT, registry })).toThrow('a_total');
});
