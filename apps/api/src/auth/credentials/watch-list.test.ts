import { describe, expect, it } from '@jest/globals';
import { WatchList } from './watch-list.js';

describe('a list of those who are told', () => {
  it('has the newest first, and loses those that leave, wherever they stand', () => {
    const list = new WatchList<string>();
    const leave = ['a', 'b', 'c', 'd'].map((member) => list.add(member));
    expect(list.members()).toEqual(['d', 'c', 'b', 'a']);
    leave[1]!();
    expect(list.members()).toEqual(['d', 'c', 'a']);
    leave[3]!();
    leave[0]!();
    expect(list.members()).toEqual(['c']);
    leave[2]!();
    expect(list.members()).toEqual([]);
    list.add('e');
    expect(list.members()).toEqual(['e']);
  });

  it('takes a member out once: a second call does nothing to those that came since', () => {
    const list = new WatchList<string>();
    const leave = list.add('a');
    leave();
    list.add('b');
    leave();
    expect(list.members()).toEqual(['b']);
  });

  it('takes out all that are to go', () => {
    const list = new WatchList<number>();
    const leave = [1, 2, 3, 4].map((member) => list.add(member));
    list.removeWhere((member) => member % 2 === 0);
    leave[1]!();
    expect(list.members()).toEqual([3, 1]);
  });
});
