import { expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { withoutValues } from './without-values.js';

const KEY = 'sk-proj-0123456789abcdefghijklmnop';
const NAME = KEY.replaceAll('-', '_');
const schema = buildSchema(`
  enum Scheme { NONE BEARER }
  input In { key: String number: Int scheme: Scheme flag: Boolean id: ID float: Float list: [Int] in: In }
  type Query { ask(input: In, number: Int): String }
`);

function told(document: string): string {
  try {
    return validate(schema, parse(document))
      .map(({ message }) => withoutValues(message))
      .join('\n');
  } catch (error) {
    return withoutValues((error as Error).message);
  }
}

it.each([
  `{ ask(number: "${KEY}") }`,
  `{ ask(input: { number: "${KEY}" }) }`,
  `{ ask(input: { list: [1, "${KEY}"] }) }`,
  `{ ask(input: { scheme: "${KEY}" }) }`,
  `{ ask(input: { scheme: ${NAME} }) }`,
  `{ ask(input: { key: ${NAME} }) }`,
  `{ ask(input: { flag: "${KEY}", float: "${KEY}", id: ${NAME} }) }`,
  `{ ask(input: { in: "${KEY}" }) }`,
  `{ ask(input: { in: { key: ["${KEY}"] } }) }`,
  `{ ask(input: { key: { a: "${KEY}" } }) }`,
  `{ ask(number: """${KEY}""") }`,
  `{ ask("${KEY}") }`,
  `{ ask(input: "${KEY}" `,
  `"${KEY}" { ask }`,
  `{ ask(${NAME}: 1) }`,
  `{ ${NAME} }`,
  `{ ...${NAME} }`,
  `query ($${NAME}: Int) { ask }`,
  `{ ask(number: $${NAME}) }`,
  `{ ask @${NAME} }`,
  `query ($a: Int = "${KEY}") { ask(number: $a) }`,
])('what is said of %s holds no value of it', (document) => {
  const message = told(document);
  expect(message).not.toBe('');
  expect(message).not.toContain('0123456789');
});

it('names and places are told', () => {
  expect(told('{ ask(number: "x") }')).toBe('Int cannot represent non-integer value.');
  expect(told('{ nobody }')).toBe('Cannot query field "nobody" on type "Query".');
  expect(told('{ ask(input: { scheme: BEARR }) }')).toBe('The value does not exist in the enum "Scheme".');
  expect(told('{ ask(unknown: 1) }')).toContain('Unknown argument "unknown" on field "Query.ask".');
  expect(told('{ ask(number: 1.5) ')).toBe('Syntax Error: Expected Name, found <EOF>.');
});
