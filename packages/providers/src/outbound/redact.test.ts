import { describe, expect, it } from '@jest/globals';
import { errorWords } from './error-words.js';
import { redact, secretsOf } from './redact.js';

describe('redact', () => {
  const endpoint = { apiKey: 'alpha-secret-omega', headers: [{ name: 'x-token', value: 'header-secret-value' }] };
  const secrets = secretsOf(endpoint);

  it.each([
    'the key alpha-secret-omega is wrong',
    'the key alpha-se******* is wrong',
    'ends in et-omega',
    `got ${Buffer.from('alpha-secret-omega').toString('base64')}`,
    'x-token header-secret-value unknown',
    'Authorization: Bearer somebody-elses-token',
    'Incorrect API key provided: sk-proj-****abcd',
  ])('leaves no part of a secret in %j', (text) => {
    const clean = redact(text, secrets);
    expect(clean).toContain('•••');
    for (const part of ['alpha', 'omega', 'YWxwaG', 'header-secret', 'somebody', 'abcd'])
      expect(clean).not.toContain(part);
  });

  it('hides both halves of a Basic key', () => {
    const both = secretsOf({ apiKey: 'administrator:password', headers: [] });
    expect(redact('user administrator has not password', both)).toBe('user ••• has not •••');
  });

  it('leaves other words as they are, on one line, and no more than 300 characters', () => {
    expect(redact(' model\n "x"  not found\u0000 ', secrets)).toBe('model "x" not found');
    expect(redact('not \u202efound\u2069 \ud800', secrets)).toBe('not found');
    expect(redact('word '.repeat(200), secrets)).toHaveLength(300);
  });
});

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
