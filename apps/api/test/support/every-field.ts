import { readFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';

const SCHEMA = new URL('../../../../packages/schema/schema.graphql', import.meta.url);

/** Arguments of fields that need some. */
export type Arguments = Readonly<Record<string, string>>;

/**
 * One document for each field at the top of Query and each object below it, which together ask for every field there
 * is. A type is not asked for again within itself. `given`: arguments by the name of the field at the top; one that
 * needs some and has none fails.
 */
export function everyField(given: Arguments): string[] {
  const query = buildSchema(readFileSync(SCHEMA, 'utf8')).getQueryType();
  if (query === null || query === undefined) throw new Error('The schema has no Query.');
  return Object.values(query.getFields()).flatMap((field) => {
    const args = given[field.name] ?? '';
    if (args === '' && field.args.some(isRequiredArgument)) throw new Error(`${field.name} needs arguments.`);
    const type = getNamedType(field.type);
    const at = `${field.name}${args === '' ? '' : `(${args})`}`;
    if (!isObjectType(type)) return [`{ ${at} }`];
    return selectionsOf(type, []).map((selection) => `{ ${at} { ${selection} } }`);
  });
}

/** The leaves together, and each object by itself. */
function selectionsOf(type: GraphQLObjectType, around: readonly string[]): string[] {
  const fields = Object.values(type.getFields()).filter(({ args }) => !args.some(isRequiredArgument));
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type))).map(({ name }) => name);
  const objects = fields.flatMap((field) => below(field, [...around, type.name]));
  return [...(leaves.length === 0 ? [] : [leaves.join(' ')]), ...objects];
}

function below(field: GraphQLField<unknown, unknown>, around: readonly string[]): string[] {
  const type = getNamedType(field.type);
  if (!isObjectType(type) || around.includes(type.name)) return [];
  return selectionsOf(type, around).map((selection) => `${field.name} { ${selection} }`);
}
