import { expect, test } from '@jest/globals';
import { formatMs } from './milliseconds.js';

test.each([
  [0, '0.00'],
  [0.004, '0.00'],
  [0.005, '0.01'],
  [0.1, '0.10'],
  [12.3, '12.30'],
  [99.999, '100.00'],
  [600_000.25, '600000.25'],
])('%d is %s', (value, text) => {
  expect(formatMs(value)).toBe(text);
});
