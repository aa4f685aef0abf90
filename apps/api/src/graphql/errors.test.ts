import { expect, it } from '@jest/globals';
import { buildSchema, getVariableValues, type GraphQLError, Kind, parse, validate } from 'graphql';
import { createLogger } from '../log/logger.js';
import { formatGraphqlError } from './errors.js';

const NAME = 'sk_proj_0123456789abcdefghijklmnop';
const schema = buildSchema('type Query { ask(number: Int): String }');
const logger = createLogger({ level: 'silent' });
const told = (errors: readonly GraphQLError[]) =>
  JSON.stringify(errors.map((error) => formatGraphqlError(error, 'request-1', logger)));

it.each([
  ['is never used', 'query ($x: Int) { ask }'],
  ['is not defined', '{ ask(number: $x) }'],
  ['is of another type than its place', 'query ($x: String) { ask(number: $x) }'],
  ['stands there twice', 'query ($x: Int, $x: Int) { ask(number: $x) }'],
  ['is of a type that is no input', 'query ($x: Query) { ask(number: $x) }'],
])('a document whose variable %s is not valid; no value of a caller is wrong', (_what, text) => {
  const errors = validate(schema, parse(text));
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) {
    const { extensions } = formatGraphqlError(error, 'request-1', logger);
    expect(extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED', requestId: 'request-1' });
  }
});

it.each([
  ['does not fit', 'query ($x: Int) { ask(number: $x) }', { x: 'four' }],
  ['is missing', 'query ($x: Int!) { ask(number: $x) }', {}],
  ['is null', 'query ($x: Int!) { ask(number: $x) }', { x: null }],
])('a value that %s is bad input, and names its variable', (_what, text, values) => {
  const [operation] = parse(text).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is an operation.');
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], values);
  expect(errors).toHaveLength(1);
  const { extensions } = formatGraphqlError(errors[0], 'request-1', logger);
  expect(extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'x', requestId: 'request-1' });
});

it('a key in the place of the name of a variable is told neither in words nor as the field', () => {
  const document = parse(`query ($${NAME}: Int!) { ask(number: $${NAME}) }`);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is an operation.');
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], { [NAME]: 'four' });
  for (const found of [errors, validate(schema, parse(`query ($${NAME}: Int) { ask }`))]) {
    expect(found).toHaveLength(1);
    expect(told(found)).not.toContain('0123456789');
  }
});
