import { expect, it } from '@jest/globals';
import { readBasePath } from './base-path.js';

function pageWith(head: string): ParentNode {
  return new DOMParser().parseFromString(`<head>${head}</head>`, 'text/html');
}

it.each([
  ['<meta name="intrallm-base" content="/tools/llm/">', '/tools/llm'],
  ['<meta name="intrallm-base" content="/">', ''],
  ['<meta name="intrallm-base" content="./">', ''],
  ['', ''],
])('reads the path of the app out of %j: %j', (head, expected) => {
  expect(readBasePath(pageWith(head))).toBe(expected);
});
