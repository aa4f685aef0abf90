import { expect, it } from '@jest/globals';
import { LabelTree } from './label-tree.js';

it('finds by all parts of a key, and by no others', () => {
  const map = new LabelTree<string>();
  map.set([1, 'a', 'b'], 'first');
  map.set([1, 'a'], 'shorter');
  map.set([1, 'ab', ''], 'other');
  expect(map.size).toBe(3);
  expect(map.get([1, 'a', 'b'])).toBe('first');
  expect(map.get([1, 'a'])).toBe('shorter');
  expect(map.get([1, 'ab', ''])).toBe('other');
  for (const path of [[], [1], [1, 'ab'], ['1', 'a', 'b'], [1, 'a', 'b', '']]) expect(map.get(path)).toBeUndefined();
});

it('replaces a value under its key', () => {
  const map = new LabelTree<string>();
  map.set(['a'], 'old');
  map.set(['a'], 'new');
  expect([map.size, map.get(['a'])]).toEqual([1, 'new']);
});

it('tells what is in it, and may be emptied meanwhile', () => {
  const map = new LabelTree<number>();
  map.set(['b', 'x'], 1);
  map.set(['a', 'x'], 2);
  map.set(['b', 'y'], 3);
  const seen = [];
  for (const [path, value] of map.entries()) {
    seen.push([path.join(), value]);
    map.delete(path);
  }
  expect(seen).toEqual([
    ['b,x', 1],
    ['b,y', 3],
    ['a,x', 2],
  ]);
  expect([map.size, [...map.entries()]]).toEqual([0, []]);
});

it('deletes one key and leaves those that begin or end like it', () => {
  const map = new LabelTree<number>();
  map.set(['a'], 1);
  map.set(['a', 'b'], 2);
  map.set(['c', 'b'], 3);
  map.delete(['a', 'b']);
  map.delete(['c']);
  map.delete(['nobody', 'b']);
  expect([...map.entries()]).toEqual([
    [['a'], 1],
    [['c', 'b'], 3],
  ]);
  expect(map.size).toBe(2);
});
