import { expect, it } from '@jest/globals';
import { requireUsableValues } from './usable-values.js';

function refusalOf(variables: unknown): { code?: string; field?: string | undefined } {
  try {
    requireUsableValues(variables);
    return {};
  } catch (error) {
    const { code, details } = error as { code: string; details: { field?: string } };
    return { code, field: details.field };
  }
}

it.each<[string, unknown, string]>([
  ['a text', { name: 'a\ud800' }, 'name'],
  ['a text in a list of an object', { input: { tags: ['x', '\udc00x'] } }, 'input.tags.1'],
  ['a name', { input: { 'a\ud800': 1 } }, 'input'],
  ['a name at the top', { 'a\ud800': 1 }, 'variables'],
])('half of a surrogate pair in %s is refused by its place', (_what, variables, field) => {
  expect(refusalOf(variables)).toEqual({ code: 'BAD_USER_INPUT', field });
});

it('whole pairs, numbers, nulls and nothing at all pass', () => {
  for (const variables of [{ a: '\u{1F600}', b: [1, null, { c: true }] }, {}, null, undefined, 'text']) {
    expect(refusalOf(variables)).toEqual({});
  }
});

it('too many values are refused, however short and wherever they are, and nesting alone is not', () => {
  const many = Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => ''));
  for (const variables of [{ a: many.flat() }, { a: many }]) {
    expect(refusalOf(variables).code).toBe('QUERY_TOO_EXPENSIVE');
  }
  expect(refusalOf(JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)))).toEqual({});
});
