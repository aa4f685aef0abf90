import { describe, expect, it } from '@jest/globals';
import { createExactJson } from './exact-integers.js';

describe('exact JSON', () => {
  const again = (text: string) => {
    const { parse, print } = createExactJson();
    return print(parse(text));
  };

  it.each([
    '{"id":9007199254740993,"list":[-123456789012345678901,12]}',
    '{"text":"9007199254740993 \\"9007199254740993\\" \\\\","n":9007199254740993}',
    '{"9007199254740993":"key"}',
    '{"a":1.5e+30,"b":0.12345678901234568,"c":true}',
    '9007199254740993',
  ])('writes %s as it was', (text) => {
    expect(again(text)).toBe(text);
  });

  it('writes a long integer as it was in a text inside of a text', () => {
    const { parse, print } = createExactJson();
    const { given } = parse('{"given":{"id":9007199254740993}}') as { given: unknown };
    expect(print({ arguments: print(given) })).toBe('{"arguments":"{\\"id\\":9007199254740993}"}');
  });

  it.each(['{"a":1234567890123456 7}', '{"a":01234567890123456}', '{1234567890123456:1}', '{"a'])(
    'does not make JSON of %s',
    (text) => {
      expect(() => createExactJson().parse(text)).toThrow(SyntaxError);
    },
  );
});
