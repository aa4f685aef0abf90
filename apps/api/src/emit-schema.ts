import { readFileSync, writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { Registry } from 'prom-client';
import { domains } from './app/domains.js';
import { resolversOf } from './app/serve.js';
import { systemClock } from './clock.js';
import { loadConfig } from './config.js';
import type { Database } from './database/database.js';
import { Doorbell } from './events/doorbell.js';
import { EventLog } from './events/event-log.js';
import { Versions } from './events/versions.js';
import { createSchema } from './graphql/schema.js';
import { createLogger } from './log/logger.js';
import { generateMasterKey, SecretBox } from './secrets/secret-box.js';

// Writes the schema as text; with --check it writes nothing and fails where the file says otherwise. The domains are
// built and never started, so nobody asks the database.
const database = {} as Database;
const [file, mode] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node emit-schema.js FILE [--check]\n');
  process.exitCode = 2;
} else {
  const { parts } = domains.create({
    config: loadConfig({}),
    logger: createLogger({ level: 'warn' }),
    clock: systemClock,
    registry: new Registry(),
    version: 'none',
    ownAddresses: () => [],
    box: new SecretBox([generateMasterKey()]),
    database,
    doorbell: new Doorbell(),
    events: new EventLog(database),
    versions: new Versions(),
  });
  const schema = createSchema(resolversOf(parts));
  const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
  if (mode !== '--check') writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file} is out of date: run \`npm run schema:emit\` and commit the result.\n`);
    process.exitCode = 1;
  }
}
