import { expect, it } from '@jest/globals';
import { paths, safeNext, signInPath } from './paths.js';

it('leads on to a path of this app and to nothing else', () => {
  expect(safeNext('/account')).toBe('/account');
  expect(safeNext('/connections?open=1#x')).toBe('/connections?open=1#x');
  // The last ones are another site to the parser of URLs, which passes over tabs and line breaks.
  for (const other of [null, '', 'account', 'https://evil.example', '//evil.example', '/\\evil.example']) {
    expect(safeNext(other)).toBe(paths.connections);
  }
  for (const hidden of ['/\t/evil.example', '/\n/evil.example', '/\r\\evil.example', '/x\u0000']) {
    expect(safeNext(hidden)).toBe(paths.connections);
  }
});

it('does not come back to the sign-in, and remembers no start', () => {
  expect(safeNext(`${paths.signIn}?next=/account`)).toBe(paths.connections);
  expect(signInPath('/')).toBe(paths.signIn);
  expect(signInPath('/account?a=b')).toBe('/sign-in?next=%2Faccount%3Fa%3Db');
});
