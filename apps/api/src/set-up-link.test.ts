import { expect, it } from '@jest/globals';
import { showSetUpLink } from './set-up-link.js';

const LINK = 'http://127.0.0.1:4000/set-up#token';

function shownOn(...isTTY: boolean[]): string[] {
  const outputs = isTTY.map((one) => ({
    isTTY: one,
    written: '',
    write(text: string) {
      this.written += text;
    },
  }));
  showSetUpLink(LINK, outputs);
  return outputs.map(({ written }) => written);
}

it('stands on a line of its own, once, on the output that is a terminal', () => {
  for (const terminals of [
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    const shown = shownOn(...terminals);
    expect(
      shown
        .join('')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line === LINK),
    ).toHaveLength(1);
    expect(shown[terminals.indexOf(true)]).toContain(LINK);
  }
});

it('is left to the log where there is no terminal', () => {
  expect(shownOn(false, false)).toEqual(['', '']);
});
