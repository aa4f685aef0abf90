import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from './graphql/schema.js';
import { createResolvers } from './resolvers.js';

/** Writes the schema in text; the resolvers are never called, so they need nothing to stand on. */
const nothing = new Proxy({}, { get: () => undefined });
const file = process.argv[2];
if (file === undefined) {
  process.stderr.write('usage: node emit-schema.js FILE\n');
  process.exitCode = 2;
} else {
  const schema = createSchema(createResolvers(nothing as never));
  writeFileSync(file, `${printSchema(lexicographicSortSchema(schema))}\n`);
}
