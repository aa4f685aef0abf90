import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  astFromValue,
  buildASTSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  print,
  visit,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql';

/** One thing a client can name: "Query", "Query.models", "Query.models(first:)", "Scope.CHAT". */
export interface Coordinate {
  readonly name: string;
  readonly description: string | null | undefined;
  /** Arguments and input fields: their default in GraphQL's notation; null without one. */
  readonly defaultValue?: string | null;
}

export function readDocument(file: string): DocumentNode {
  return parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8'));
}

/** The schema of a document without the types and fields whose coordinates `left` names. */
export function buildWithout(document: DocumentNode, left: readonly string[]): GraphQLSchema {
  const type = { enter: (node: { name: { value: string } }) => (left.includes(node.name.value) ? null : undefined) };
  const reduced = visit(document, {
    ObjectTypeDefinition: {
      enter(node) {
        if (left.includes(node.name.value)) return null;
        const fields = node.fields?.filter((field) => !left.includes(`${node.name.value}.${field.name.value}`)) ?? [];
        return { ...node, fields };
      },
    },
    EnumTypeDefinition: type,
    InputObjectTypeDefinition: type,
    ScalarTypeDefinition: type,
  });
  return buildASTSchema(reduced);
}

function defaultOf(input: GraphQLArgument | GraphQLInputField): string | null {
  if (input.defaultValue === undefined) return null;
  const node = astFromValue(input.defaultValue, input.type);
  return node === null || node === undefined || node.kind === Kind.NULL ? null : print(node);
}

/** Everything that a schema names, without what GraphQL itself brings. */
export function* coordinates(schema: GraphQLSchema): Generator<Coordinate> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    yield { name: type.name, description: type.description };
    if (isEnumType(type)) {
      for (const value of type.getValues())
        yield { name: `${type.name}.${value.name}`, description: value.description };
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        yield { name: `${type.name}.${field.name}`, description: field.description, defaultValue: defaultOf(field) };
      }
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const name = `${type.name}.${field.name}`;
        yield { name, description: field.description };
        for (const argument of field.args) {
          yield {
            name: `${name}(${argument.name}:)`,
            description: argument.description,
            defaultValue: defaultOf(argument),
          };
        }
      }
    }
  }
}
