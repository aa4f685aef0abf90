import { describe, expect, it } from '@jest/globals';
import { inChunks } from './chunks.js';

describe('inChunks', () => {
  it('gives every item once and in order, and the rest as a smaller last chunk', () => {
    expect([...inChunks([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('gives no empty chunk', () => {
    expect([...inChunks([], 2)]).toEqual([]);
    expect([...inChunks([1, 2], 2)]).toEqual([[1, 2]]);
  });
});
