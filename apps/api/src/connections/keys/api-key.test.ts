import { describe, expect, it } from '@jest/globals';
import { keyProblem } from './api-key.js';

describe('a user and a password', () => {
  it.each(['ada:lovelace', 'ada:pass word "1"', 'ädä:ü€', 'ada:'])('may be %s', (key) => {
    expect(keyProblem(key, 'BASIC')).toBeNull();
  });

  it.each([
    ['turn the direction of writing round', 'ada:\u202egnirts'],
    ['hold a sign of no width', 'a\u200bda:secret'],
    ['hold half a surrogate pair', 'ada:sec\ud800ret'],
    ['hold a control character', 'ada:sec\u0000ret'],
    ['hold a line end', 'ada:secret\r\nX-Header: 1'],
  ])('may not %s', (_what, key) => {
    expect(keyProblem(key, 'BASIC')).not.toBeNull();
    expect(keyProblem(key, 'BASIC')).not.toContain('ada');
  });
});
