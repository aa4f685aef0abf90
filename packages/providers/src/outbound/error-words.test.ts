import { describe, expect, it } from '@jest/globals';
import { errorWords } from './error-words.js';

describe('errorWords', () => {
  it.each([
    ['{"error":{"message":"m","type":"t","code":null}}', 'm'],
    ['{"error":"m"}', 'm'],
    ['{"error":{"message":{"detail":[{"msg":"m"}]}}}', 'm'],
    ['{"object":"error","message":{"detail":[{"loc":["body"],"msg":"m"}]}}', 'm'],
    ['{"detail":[{"loc":["a"],"msg":"m"}]}', 'm'],
    ['[{"error":{"code":400,"message":"m","status":"X"}}]', 'm'],
    ['{"success":false,"errors":[{"code":1,"message":"m"}]}', 'm'],
    ['"m"', 'm'],
    ['plain m', 'plain m'],
    ['{broken', '{broken'],
    ['<html><title> m </title></html>', 'm'],
    ['<html><body>nothing</body></html>', null],
    ['', null],
    ['{}', null],
    ['[]', null],
  ])('finds in %s the message %j', (body, expected) => expect(errorWords(body).message).toBe(expected));
});
