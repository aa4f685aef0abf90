import { PassThrough } from 'node:stream';
import { expect, it } from '@jest/globals';
import { BodyBudget } from './body-budget.js';
import { bufferBody } from './buffered-body.js';

const MB = 1024 * 1024;

/** A body that comes in these parts, one after the other. */
function holding(statedBytes: number | null, maxBytes = 32 * MB, budget = new BodyBudget()) {
  const payload = new PassThrough({ highWaterMark: 64 * MB });
  const held = bufferBody(payload, { budget, maxBytes, statedBytes });
  const send = (parts: readonly Buffer[]) => {
    for (const part of parts) payload.write(part);
    payload.end();
    return held;
  };
  return { payload, held, send, budget };
}

const part = (index: number, length: number) => Buffer.alloc(length, `part ${String(index)} `);
const lengths = [1, 70_000, 3, 300_000, 65_536, 1, 2 * MB, 5];
const parts = lengths.map((length, index) => part(index, length));
const whole = Buffer.concat(parts);

it.each([
  ['its length is stated', whole.length],
  ['no length is stated', null],
  ['more is stated than comes', 30 * MB],
  ['less is stated than comes', 10],
])('has every byte in its place where %s', async (_, stated) => {
  const { send, budget } = holding(stated);
  const { bytes, giveBack } = await send(parts);
  expect(bytes.equals(whole)).toBe(true);
  expect(budget.usedBytes).toBe(whole.length);
  giveBack();
  giveBack();
  expect(budget.usedBytes).toBe(0);
});

it('makes room for what is stated only when a good part of it has come', async () => {
  const { send } = holding(30 * MB);
  const { bytes } = await send([part(0, 100), part(1, 100)]);
  expect(bytes.buffer.byteLength).toBeLessThan(1024);
});

it('takes a body in one part as it is', async () => {
  const only = part(0, 1_000);
  const { bytes } = await holding(1_000).send([only]);
  expect(bytes).toBe(only);
});

it('waits for nothing more when what is stated has come', async () => {
  const { payload, held } = holding(1_000);
  payload.write(part(0, 600));
  payload.write(part(1, 400));
  expect((await held).bytes).toHaveLength(1_000);
});

it('makes no room for more than it takes', async () => {
  const { payload, held } = holding(1_000_000, 2_000);
  payload.write(part(0, 600));
  payload.write(part(1, 400));
  payload.end();
  expect((await held).bytes.buffer.byteLength).toBeLessThanOrEqual(2_000);
});

it('is empty where nothing comes', async () => {
  expect((await holding(null).send([])).bytes).toHaveLength(0);
});

it('refuses what is too long as soon as it is, and gives back what it took', async () => {
  const { payload, held, budget } = holding(null, 1_000);
  payload.write(part(0, 900));
  payload.write(part(1, 101));
  await expect(held).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  expect(budget.usedBytes).toBe(0);
});

it('refuses what there is no room for, and gives back what it took', async () => {
  const { payload, held, budget } = holding(null, 32 * MB, new BodyBudget(1_000));
  payload.write(part(0, 900));
  payload.write(part(1, 101));
  await expect(held).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(budget.usedBytes).toBe(0);
});

it('fails where its sender breaks off, and gives back what it took', async () => {
  const { payload, held, budget } = holding(2_000);
  payload.write(part(0, 900));
  payload.destroy();
  await expect(held).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(budget.usedBytes).toBe(0);
});
