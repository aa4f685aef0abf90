import { expect, it } from '@jest/globals';
import { ownUrl } from './own-url.js';

it.each([
  ['127.0.0.1', 'http://127.0.0.1:4000'],
  ['models.lan', 'http://models.lan:4000'],
  ['0.0.0.0', 'http://localhost:4000'],
  ['::', 'http://localhost:4000'],
  ['::1', 'http://[::1]:4000'],
  ['fd00::12', 'http://[fd00::12]:4000'],
])('what listens on %s is opened as %s', (host, url) => {
  expect(ownUrl(host, 4000)).toBe(url);
  expect(URL.canParse(url)).toBe(true);
});
