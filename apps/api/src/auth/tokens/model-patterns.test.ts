import { describe, expect, it } from '@jest/globals';
import { ModelPatterns } from './model-patterns.js';

/** Every text of up to three of these letters: what lists stand for is compared name by name. */
const LETTERS = ['a', 'A', 'l', '*', '\u{1F600}'];
const NAMES = LETTERS.flatMap((one) => [
  one,
  ...LETTERS.flatMap((two) => [one + two, ...LETTERS.map((three) => one + two + three)]),
]);

describe('a list of names', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['al*', ['al', 'alpaca', 'al*', 'al/x'], ['a', 'AL', 'Alpaca', ' al', '']],
    ['al', ['al'], ['al*', 'alpaca', 'AL']],
    ['*', ['', 'al', '*', '**'], []],
    ['**', ['*', '*x', '**'], ['', 'al']],
    ['a*b', ['a*b'], ['ab', 'axb', 'a*bc']],
    ['a.c*', ['a.c', 'a.cd'], ['abc', 'abcd']],
    ['\\*', ['\\', '\\x'], ['*', 'x']],
    ['\u{1F600}*', ['\u{1F600}', '\u{1F600}x'], ['\ud83d', 'x']],
  ])('with %s has what begins so, and nothing else', (entry, inside, outside) => {
    const patterns = new ModelPatterns([entry]);
    expect(inside.filter((name) => !patterns.has(name))).toEqual([]);
    expect(outside.filter((name) => patterns.has(name))).toEqual([]);
  });

  it('covers an entry of another list exactly where it has every name of it, and meets it where it has one', () => {
    const entries = [...NAMES.filter((name) => name.length <= 2), ...NAMES.map((name) => `${name}*`), '*'];
    const lists = [['a*'], ['al*', 'a'], ['*'], ['A', 'l*', 'a**'], ['la*', 'l'], ['**']];
    for (const list of lists) {
      const patterns = new ModelPatterns(list);
      const isInList = (name: string) =>
        list.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry));
      for (const name of NAMES) expect([list, name, patterns.has(name)]).toEqual([list, name, isInList(name)]);
      for (const entry of entries) {
        const own = new ModelPatterns([entry]);
        // Names longer than any entry: a beginning that is covered in part only shows in one of them.
        const names = [...NAMES, ...NAMES.map((name) => `${name}zz`)].filter((name) => own.has(name));
        const others = entry.endsWith('*') ? [...names, `${entry.slice(0, -1)}zz`] : [...names, entry];
        expect([list, entry, patterns.covers(entry)]).toEqual([list, entry, others.every(isInList)]);
        expect([list, entry, patterns.meets(entry)]).toEqual([list, entry, others.some(isInList)]);
      }
    }
  });

  it('is the same list whatever its order, and what is said twice', () => {
    const one = new ModelPatterns(['b', 'a*', 'ab', 'ab*', 'b']);
    expect(one.canonical).toEqual(['a*', 'b']);
    expect(new ModelPatterns(['a*', 'b']).canonical).toEqual(one.canonical);
  });
});
