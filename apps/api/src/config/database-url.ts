import path from 'node:path';
import { ConfigError } from './config-error.js';
import { isFolder } from './files.js';

export type DatabaseConfig =
  { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };

/** What a postgres:// URL says, part by part. */
export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  /** False: not encrypted. */
  readonly ssl: { readonly rejectUnauthorized: boolean } | false;
}

const VARIABLE = 'DATABASE_URL';
const FORMS = 'must be sqlite:PATH or postgres://user:password@host/database';
/** libpq's modes that say for certain what happens; "prefer" and "allow" leave it to whoever is in between. */
const SSL_MODES: ReadonlyMap<string, PostgresPlace['ssl']> = new Map<string, PostgresPlace['ssl']>([
  ['disable', false],
  ['require', { rejectUnauthorized: false }],
  ['no-verify', { rejectUnauthorized: false }],
  ['verify-full', { rejectUnauthorized: true }],
]);

/** `sqlite:FILE` or `postgres://…`. Throws ConfigError for anything else, without a word of what is in it. */
export function parseDatabaseUrl(url: string): DatabaseConfig {
  if (/^sqlite3?:/i.test(url)) return { kind: 'sqlite', file: sqliteFile(url.slice(url.indexOf(':') + 1)) };
  if (/^postgres(ql)?:\/\//i.test(url)) {
    parsePostgresUrl(url);
    return { kind: 'postgres', url };
  }
  if (/^file:/i.test(url)) throw new ConfigError(VARIABLE, `${FORMS}: write sqlite: and the path in place of file:`);
  if (/^postgres(ql)?:/i.test(url)) throw new ConfigError(VARIABLE, `${FORMS}: write // after postgres:`);
  if (/^postgres(ql)?\+/i.test(url)) throw new ConfigError(VARIABLE, `${FORMS}: leave out the "+" and what follows it`);
  throw new ConfigError(VARIABLE, FORMS);
}

function sqliteFile(name: string): string {
  const refuse = (what: string): never => {
    throw new ConfigError(VARIABLE, `must be sqlite:PATH, such as sqlite:/var/lib/intrallm/intrallm.db: ${what}`);
  };
  if (name.trim() === '' || name === ':memory:') refuse('the path names a file, in which everything is kept');
  if (name.startsWith('//')) refuse('leave out the // after sqlite:');
  if (/^[a-z][a-z\d+.-]+:/i.test(name)) refuse('leave out the second scheme');
  if (/[?#]/.test(name)) refuse('it takes no options: leave out everything from ? or # on');
  if (name.startsWith('~')) refuse('~ is not the home folder here: write the whole path');
  if (/\p{Cc}/u.test(name)) refuse('the path has control characters in it');
  const file = path.resolve(name);
  if (/[\\/]$/.test(name) || isFolder(file) === true) refuse('the path is that of a folder: add the name of a file');
  return file;
}

/** Throws ConfigError naming the part that cannot be read, without the part itself. */
export function parsePostgresUrl(text: string): PostgresPlace {
  const refuse = (what: string): never => {
    throw new ConfigError(VARIABLE, `must be postgres://user:password@host/database: ${what}`);
  };
  if (/\s/.test(text)) refuse('there is a blank in it, which is written %20');
  if (!URL.canParse(text)) refuse('a / ? # @ or : in the user or the password is written %2F %3F %23 %40 or %3A');
  const url = new URL(text);
  const part = (encoded: string, what: string): string | undefined => {
    try {
      return encoded === '' ? undefined : decodeURIComponent(encoded);
    } catch {
      return refuse(`there is a % in the ${what} that begins no escape: a % itself is written %25`);
    }
  };
  const username = part(url.username, 'user');
  const password = part(url.password, 'password');
  const database = part(url.pathname.replace(/^\//, ''), 'name of the database');
  if (url.hostname === '') refuse('the host is missing');
  if (/[,%]/.test(url.hostname)) refuse('it has one host, written plainly');
  if (url.hash !== '' || text.endsWith('#')) refuse('a # in the password is written %23');
  if (database?.includes('/')) refuse('one name of a database follows the host');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ssl: sslOf(url.searchParams, refuse),
  };
}

function sslOf(options: URLSearchParams, refuse: (what: string) => never): PostgresPlace['ssl'] {
  for (const name of options.keys()) {
    if (name !== 'sslmode') refuse('of options it takes sslmode alone');
  }
  const mode = options.get('sslmode') ?? 'disable';
  return SSL_MODES.get(mode) ?? refuse(`sslmode is one of ${[...SSL_MODES.keys()].join(', ')}`);
}
