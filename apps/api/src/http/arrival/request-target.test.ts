import { expect, it } from '@jest/globals';
import { tidied } from './request-target.js';

it.each([
  ['/v1/chat/completions/', '/v1/chat/completions'],
  ['//v1//chat///completions', '/v1/chat/completions'],
  ['/v1/', '/v1'],
  ['/v1//', '/v1'],
  ['/v1/models/', '/v1/models'],
  ['/v1/models//hf.co//x:y/', '/v1/models/hf.co//x:y'],
  ['/api//tags/?a=//b/', '/api/tags?a=//b/'],
  ['/api/', '/api'],
  ['//apiary//x/', '//apiary//x/'],
  ['/connections//', '/connections//'],
  ['/graphql/', '/graphql/'],
])('%s is read as %s', (given, read) => {
  expect(tidied(given)).toBe(read);
});
