import { describe, expect, it } from '@jest/globals';
import { redact } from './redact.js';
import { endpointMasks } from './secret-mask.js';

describe('redact', () => {
  const endpoint = { apiKey: 'alpha-secret-omega', headers: [{ name: 'x-token', value: 'header-secret-value' }] };
  const { words: mask } = endpointMasks(endpoint);

  it.each([
    'the key alpha-secret-omega is wrong',
    'the key alpha-se******* is wrong',
    'ends in et-omega',
    `got ${Buffer.from('alpha-secret-omega').toString('base64')}`,
    'x-token header-secret-value unknown',
    'Authorization: Bearer somebody-elses-token',
    'Incorrect API key provided: sk-proj-****abcd',
  ])('leaves no part of a secret in %j', (text) => {
    const clean = redact(text, mask);
    expect(clean).toContain('•••');
    for (const part of ['alpha', 'omega', 'YWxwaG', 'header-secret', 'somebody', 'abcd'])
      expect(clean).not.toContain(part);
  });

  it('hides both halves of a Basic key', () => {
    const { words: both } = endpointMasks({ apiKey: 'administrator:password', headers: [] });
    expect(redact('user administrator has not password', both)).toBe('user ••• has not •••');
  });

  it('leaves other words as they are, on one line, and no more than 300 characters', () => {
    expect(redact(' model\n "x"  not found\u0000 ', mask)).toBe('model "x" not found');
    expect(redact('not \u202efound\u2069 \ud800', mask)).toBe('not found');
    expect(redact('word '.repeat(200), mask)).toHaveLength(300);
  });
});
