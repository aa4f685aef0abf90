import { expect, it } from '@jest/globals';
import { buildSchema, getVariableValues, type GraphQLError, Kind, parse, validate } from 'graphql';
import { createLogger } from '../logger.js';
import { formatGraphqlError } from './errors.js';

const NAME = 'sk_proj_0123456789abcdefghijklmnop';
const schema = buildSchema('type Query { ask(number: Int): String }');
const logger = createLogger({ level: 'silent' });
const told = (errors: readonly GraphQLError[]) =>
  JSON.stringify(errors.map((error) => formatGraphqlError(error, 'request-1', logger)));

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
