import { describe, expect, it } from '@jest/globals';
import { ToolCallGatherer } from './tool-calls.js';

const call = (name: string, given: string, more: object = {}) => ({ ...more, function: { name, arguments: given } });

function gather(deltas: readonly object[][]) {
  const gatherer = new ToolCallGatherer();
  for (const delta of deltas) gatherer.push(delta);
  return gatherer.finish().map(({ id, name, arguments: given }) => [id, name, given]);
}

describe('tool calls in pieces', () => {
  it.each<[string, object[][], unknown[][]]>([
    [
      'the id on the first piece, an index on all',
      [
        [call('f', '', { id: 'a', index: 0 })],
        [{ index: 0, function: { arguments: '{"x"' } }],
        [call('g', '{}', { id: 'b', index: 1 })],
        [{ index: 0, function: { arguments: ':1}' } }],
      ],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'g', '{}'],
      ],
    ],
    [
      'no index at all, each whole',
      [[call('f', '{"x":1}', { id: 'a' })], [call('f', '{"x":2}', { id: 'b' })]],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'f', '{"x":2}'],
      ],
    ],
    [
      'the index 0 on all of them',
      [[call('f', '{"x":1}', { id: 'a', index: 0 }), call('g', '{"y":1}', { id: 'b', index: 0 })]],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'g', '{"y":1}'],
      ],
    ],
    [
      'the index 0 on all of them, and no id',
      [[call('f', '{"x":1}', { index: 0 })], [call('f', '{"x":2}', { index: 0 })]],
      [
        [null, 'f', '{"x":1}'],
        [null, 'f', '{"x":2}'],
      ],
    ],
    [
      'the id on every piece',
      [[call('f', '{"x"', { id: 'a', index: 0 })], [{ id: 'a', index: 0, function: { arguments: ':1}' } }]],
      [['a', 'f', '{"x":1}']],
    ],
    [
      'the name on every piece',
      [[call('f', '{"x":{}', { index: 0 })], [call('f', ',"y":1}', { index: 0 })]],
      [[null, 'f', '{"x":{},"y":1}']],
    ],
    [
      'neither id nor index',
      [[call('f', '{"x"')], [{ function: { arguments: ':1}' } }], [call('g', '')]],
      [
        [null, 'f', '{"x":1}'],
        [null, 'g', '{}'],
      ],
    ],
    [
      'an object in place of its text',
      [[{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }]],
      [['a', 'f', '{"x":1}']],
    ],
    ['nonsense among them', [[null as never, 7 as never, call('f', '{}', { id: 'a' })]], [['a', 'f', '{}']]],
  ])('%s', (_what, deltas, wanted) => {
    expect(gather(deltas)).toEqual(wanted);
  });

  it('large integers stay, line ends between the tokens do not', () => {
    expect(gather([[call('f', ' {\n "id": 9007199254740993,\r\n "t": "a\\nb" }\n')]])).toEqual([
      [null, 'f', '{  "id": 9007199254740993,  "t": "a\\nb" }'],
    ]);
  });

  it.each(['{"x":', '[1]', '"text"', 'x'])('%s is no arguments', (given) => {
    expect(() => gather([[call('f', given)]])).toThrow('The model called "f" with arguments that are no JSON object.');
  });

  it('of one answer are bounded in number and length', () => {
    const many = new ToolCallGatherer();
    for (let count = 0; count < 300; count += 1) many.push([call('f', '{}', { id: String(count) })]);
    expect([many.isTooMuch, many.finish().length]).toEqual([true, 256]);
    const long = new ToolCallGatherer();
    long.push([call('f', '{"x":"', { id: 'a' })]);
    for (let count = 0; count < 5; count += 1) long.push([{ id: 'a', function: { arguments: 'x'.repeat(1 << 20) } }]);
    expect(long.isTooMuch).toBe(true);
  });

  it('an end of their arguments is told from what looks like one', () => {
    const pieces = ['{"x":"}', '\\"}', '","y":{}', '}', '{}'].map((given) => call('f', given, { index: 0 }));
    expect(gather([pieces])).toEqual([
      [null, 'f', '{"x":"}\\"}","y":{}}'],
      [null, 'f', '{}'],
    ]);
  });

  it('are not read again for each piece that looks like their end', () => {
    const gatherer = new ToolCallGatherer();
    const startedAt = performance.now();
    gatherer.push([call('f', `{"x":"${'x'.repeat(1_000_000)}`, { index: 0 })]);
    for (let count = 0; count < 2_000; count += 1) gatherer.push([call('f', '}', { index: 0 })]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    gatherer.push([call('f', '"}', { index: 0 })]);
    expect(gatherer.finish()).toHaveLength(1);
  });
});
