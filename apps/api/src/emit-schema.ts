import { readFileSync, writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from './graphql/schema.js';
import { createResolvers } from './resolvers.js';

// Writes the schema as text; with --check it writes nothing and fails where the file says otherwise. The resolvers are
// never called, so they need nothing to stand on.
const nothing = new Proxy({}, { get: () => undefined });
const [file, mode] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node emit-schema.js FILE [--check]\n');
  process.exitCode = 2;
} else {
  const schema = createSchema(createResolvers(nothing as never));
  const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
  if (mode !== '--check') writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file} is out of date: run \`npm run schema:emit\` and commit the result.\n`);
    process.exitCode = 1;
  }
}
