import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql';
import { limitsRule } from './limits.js';

const schema = buildSchema(`
  type Query { a: Query b: String owners: [Owner!]! owner: Owner pets: [Pet!]! }
  type Owner { name: String pets(first: Int): [Pet!]! }
  type Pet { name: String owner: Owner }
`);
const judge = (document: string) => validate(schema, parse(document), [limitsRule]).map((error) => error.message);
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

describe('a document', () => {
  it('of an honest size passes, also in fragments', () => {
    expect(judge('{ a { ...f } } fragment f on Query { a { a { b } } ... on Query { b } }')).toEqual([]);
    expect(judge(`{ a { ${times(50, (i) => `b${i}: b`)} } }`)).toEqual([]);
  });

  it('of the admin app passes, and the introspection of usual tools', () => {
    const folder = path.join(import.meta.dirname, '../../../../../packages/schema');
    const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
    const operations = readdirSync(path.join(folder, 'operations')).map((name) => read(`operations/${name}`));
    const real = buildSchema(read('schema.graphql'));
    for (const document of [operations.join('\n'), getIntrospectionQuery({ inputValueDeprecation: true })]) {
      expect(validate(real, parse(document), [limitsRule])).toEqual([]);
    }
  });

  it('is too expensive with too many fields, at the top, below, or spread out', () => {
    expect(judge(`{ ${times(21, (i) => `b${i}: b`)} }`)).toEqual([expect.stringContaining('20 fields at the top')]);
    expect(judge(`{ a { ${times(1_600, (i) => `b${i}: b`)} } }`)).toEqual([expect.stringContaining('1500 fields')]);
    const doubling = times(11, (i) => `fragment f${i} on Query { a { ...f${i + 1} } c: a { ...f${i + 1} } }`);
    expect(judge(`{ a { ...f0 } } ${doubling} fragment f11 on Query { b }`)).toEqual([expect.any(String)]);
  });

  it('is judged at once, also where fragments spread each other and hold no field', () => {
    const around = times(250, (i) => `fragment f${i} on Query { ...f${(i + 1) % 250} ...f${(i * 7 + 3) % 250} }`);
    expect(judge(`{ ...f0 } ${around}`)).toEqual([expect.stringContaining('too expensive')]);
    const doubling = times(60, (i) => `fragment f${i} on Query { ... { ...f${i + 1} } ...f${i + 1} }`);
    expect(judge(`{ ...f0 } ${doubling} fragment f60 on Query { b }`)).toEqual([
      expect.stringContaining('too expensive'),
    ]);
  });

  it('that asks for the same field under many aliases is too expensive', () => {
    const document = `{ owners { ...f ${times(30, (i) => `x${i}: name`)} } } fragment f on Owner { ${times(21, (i) => `y${i}: name`)} }`;
    expect(judge(document)).toEqual([expect.stringContaining('Owner.name more than 50 times')]);
  });

  it('with a list in a list of the same is too expensive: each level multiplies the answer', () => {
    expect(
      judge('{ owners { pets { owner { name } } } owner { pets { owner { name } } } pets { owner { name } } }'),
    ).toEqual([]);
    for (const document of [
      '{ pets { owner { pets { name } } } }',
      '{ owners { pets { owner { a: pets(first: 1) { name } } } } }',
      '{ owner { ...f } } fragment f on Owner { pets { ... on Pet { owner { ...g } } } } fragment g on Owner { pets { name } }',
    ]) {
      expect(judge(document)).toEqual([expect.stringContaining('a list of Pet within another one')]);
    }
  });

  it('nested deeper than 12 levels is too expensive', () => {
    const nested = (levels: number) => `${'{ a '.repeat(levels - 1)}{ b }${' }'.repeat(levels - 1)}`;
    expect(judge(nested(12))).toEqual([]);
    expect(judge(nested(13))).toEqual([expect.stringContaining('12 levels')]);
  });
});
