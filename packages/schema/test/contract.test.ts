import { describe, expect, it } from '@jest/globals';
import { buildASTSchema, findBreakingChanges } from 'graphql';
import { buildWithout, coordinates, readDocument } from './promise.js';

/** What contract.graphql promises and the server does not have yet. Entries only ever leave this list. */
const notYet = [
  'Query.modelPulls',
  'Mutation.pullModel',
  'Mutation.cancelModelPull',
  'Mutation.deleteModel',
  'Mutation.unloadModel',
  'Subscription.catalogueChanged',
  'Subscription.modelPullProgress',
  'ModelPull',
  'PullState',
  'CatalogueEvent',
];

const contract = readDocument('contract.graphql');
const emitted = buildASTSchema(readDocument('schema.graphql'));
const promised = buildWithout(contract, notYet);

describe('schema.graphql', () => {
  it('breaks nothing that contract.graphql promises', () => {
    expect(findBreakingChanges(promised, emitted).map(({ description }) => description)).toEqual([]);
  });

  it('has the default values of contract.graphql', () => {
    const defaults = new Map([...coordinates(emitted)].map(({ name, defaultValue }) => [name, defaultValue]));
    const changed = [...coordinates(promised)]
      .filter(({ name, defaultValue }) => defaultValue !== undefined && defaults.get(name) !== defaultValue)
      .map(
        ({ name, defaultValue }) => `${name}: promised ${defaultValue ?? 'none'}, is ${defaults.get(name) ?? 'none'}`,
      );
    expect(changed).toEqual([]);
  });

  it('specifies its scalars as contract.graphql does', () => {
    const url = (schema: typeof emitted) => schema.getType('DateTime')?.toConfig();
    expect(url(emitted)).toMatchObject({
      specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
    });
  });

  it('describes every type, field, argument and enum value', () => {
    const silent = [...coordinates(emitted)].filter(({ description }) => !description?.trim());
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('has nothing yet of what the list above says it lacks, which is all promised', () => {
    const names = (schema: typeof emitted) => new Set([...coordinates(schema)].map(({ name }) => name));
    const [here, all] = [names(emitted), names(buildASTSchema(contract))];
    expect(notYet.filter((name) => here.has(name))).toEqual([]);
    expect(notYet.filter((name) => !all.has(name))).toEqual([]);
  });
});
