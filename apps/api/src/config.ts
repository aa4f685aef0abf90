import path from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config/config-error.js';
import { parseDatabaseUrl, type DatabaseConfig } from './config/database-url.js';
import { readCertificates, readFolder, readMasterKeys, type MasterKeys } from './config/files.js';
import { readNetworks } from './config/lists.js';
import { readManagedEndpoints, type ManagedEndpoint } from './config/managed-endpoints.js';
import { refuseMistypedNames } from './config/mistyped-names.js';
import { readHost, readOutboundProxy } from './config/network-place.js';
import { readPublicAddress, type PublicAddress } from './config/public-address.js';

export { ConfigError } from './config/config-error.js';
export { parseDatabaseUrl } from './config/database-url.js';
export { variablesOf, type ManagedEndpoint } from './config/managed-endpoints.js';

/** Everything the process is told from outside, read once. The only file that looks at the environment. */
export interface Config extends PublicAddress {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  readonly database: DatabaseConfig;
  /** Folder of what is generated: the master key, and by default the database. */
  readonly dataDirectory: string;
  /** Null: `master.key` in the data directory, made at first start. */
  readonly masterKeys: MasterKeys | null;
  readonly firstAdmin: { readonly email: string; readonly password: string } | null;
  readonly managed: readonly ManagedEndpoint[];
  /** Networks whose clients may use the Ollama API without a token. */
  readonly ollamaOpenNetworks: readonly string[];
  readonly allowedNetworks: readonly string[];
  readonly deniedNetworks: readonly string[];
  readonly outboundProxy: string | null;
  /** PEM text of further certificate authorities. */
  readonly certificateAuthorities: string | null;
  /** How often an endpoint is checked while all is well, in milliseconds. */
  readonly checkIntervalMs: number;
  readonly logLevel: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** What nobody sees, and copies along. */
const INVISIBLE_AROUND = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\s]+|[\p{Default_Ignorable_Code_Point}\p{Cf}\s]+$/gu;

/**
 * A number in digits alone: what else could be read as one, such as 0x10, 1e3 or 30s, says something else than it
 * seems.
 */
const number = (min: number, max: number, form: RegExp, what: string) =>
  z
    .string()
    .refine((text) => form.test(text) && Number(text) >= min && Number(text) <= max, `must be ${what}`)
    .transform(Number);

const environment = z.object({
  HOST: z.string().default('127.0.0.1').transform(readHost),
  PORT: number(0, 65_535, /^\d{1,5}$/, 'a whole number from 0 to 65535').default(4000),
  INTRALLM_PUBLIC_URL: z.string().optional(),
  INTRALLM_TRUSTED_PROXIES: z.string().optional(),
  INTRALLM_DATA: z.string().default('data'),
  DATABASE_URL: z.string().optional(),
  INTRALLM_MASTER_KEY: z.string().optional(),
  INTRALLM_MASTER_KEY_FILE: z.string().optional(),
  INTRALLM_ADMIN_EMAIL: z.email('must be an e-mail address such as ada@example.com').optional(),
  INTRALLM_ADMIN_PASSWORD: z
    .string()
    .refine((text) => !/\p{Cc}/u.test(text), 'must be one line, without control characters')
    .refine((text) => [...text].length >= 12, 'must have at least 12 characters')
    .refine((text) => Buffer.byteLength(text) <= 1_024, 'must have at most 1,024 bytes')
    .optional(),
  OPENAI_API_BASE_URLS: z.string().optional(),
  OPENAI_API_KEYS: z.string().optional(),
  OLLAMA_BASE_URLS: z.string().optional(),
  INTRALLM_OLLAMA_OPEN_NETWORKS: z.string().optional(),
  INTRALLM_ALLOWED_NETWORKS: z.string().optional(),
  INTRALLM_DENIED_NETWORKS: z.string().optional(),
  INTRALLM_OUTBOUND_PROXY: z.string().transform(readOutboundProxy).optional(),
  INTRALLM_CA_FILE: z.string().optional(),
  INTRALLM_CHECK_SECONDS: number(
    ...([1, 3600, /^\d{1,4}(\.\d{1,3})?$/] as const),
    'a number of seconds from 1 to 3600, without a unit',
  ).default(30),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`))
    .default('info'),
});

/** Parses the environment; throws ConfigError naming the first variable that cannot be used. Empty means not set. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environment.safeParse(givenIn(env));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(String(issue?.path[0] ?? 'environment'), issue?.message ?? 'is not usable');
  }
  const values = parsed.data;
  const networks = (variable: NetworksVariable) => readNetworks(variable, values[variable]);
  const dataDirectory = readFolder('INTRALLM_DATA', values.INTRALLM_DATA);
  return {
    host: values.HOST,
    port: values.PORT,
    ...readPublicAddress(values.INTRALLM_PUBLIC_URL),
    trustedProxies: networks('INTRALLM_TRUSTED_PROXIES'),
    dataDirectory,
    database:
      values.DATABASE_URL === undefined
        ? { kind: 'sqlite', file: path.join(dataDirectory, 'intrallm.db') }
        : parseDatabaseUrl(values.DATABASE_URL),
    masterKeys: readMasterKeys(values.INTRALLM_MASTER_KEY, values.INTRALLM_MASTER_KEY_FILE),
    firstAdmin: firstAdmin(values.INTRALLM_ADMIN_EMAIL, values.INTRALLM_ADMIN_PASSWORD),
    managed: readManagedEndpoints(values),
    ollamaOpenNetworks: networks('INTRALLM_OLLAMA_OPEN_NETWORKS'),
    allowedNetworks: networks('INTRALLM_ALLOWED_NETWORKS'),
    deniedNetworks: networks('INTRALLM_DENIED_NETWORKS'),
    outboundProxy: values.INTRALLM_OUTBOUND_PROXY ?? null,
    certificateAuthorities:
      values.INTRALLM_CA_FILE === undefined ? null : readCertificates('INTRALLM_CA_FILE', values.INTRALLM_CA_FILE),
    checkIntervalMs: values.INTRALLM_CHECK_SECONDS * 1000,
    logLevel: values.LOG_LEVEL,
  };
}

type NetworksVariable = Extract<keyof typeof environment.shape, `${string}_NETWORKS` | 'INTRALLM_TRUSTED_PROXIES'>;

/**
 * Of our variables those that are set, without what nobody sees around them. Throws ConfigError for one in quotes or
 * mistyped.
 */
function givenIn(env: NodeJS.ProcessEnv): Record<string, string> {
  const given: Record<string, string> = {};
  const settings = Object.keys(environment.shape);
  refuseMistypedNames(Object.keys(env), settings);
  for (const variable of settings) {
    const value = env[variable];
    if (value === undefined || value.replace(INVISIBLE_AROUND, '') === '') continue;
    if (/^\s*(["'`])[^]*\1\s*$/.test(value)) {
      throw new ConfigError(variable, 'has quotes around it, which count as part of it here: write it without them');
    }
    // A password is used as it stands: what nobody sees may belong to it.
    given[variable] = variable === 'INTRALLM_ADMIN_PASSWORD' ? value : value.replace(INVISIBLE_AROUND, '');
  }
  return given;
}

function firstAdmin(email: string | undefined, password: string | undefined): Config['firstAdmin'] {
  if (email === undefined && password === undefined) return null;
  if (email === undefined) throw new ConfigError('INTRALLM_ADMIN_EMAIL', 'is needed beside INTRALLM_ADMIN_PASSWORD');
  if (password === undefined) throw new ConfigError('INTRALLM_ADMIN_PASSWORD', 'is needed beside INTRALLM_ADMIN_EMAIL');
  return { email, password };
}
