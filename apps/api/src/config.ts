import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { ConfigError } from './config/config-error.js';
import { readPublicAddress, type PublicAddress } from './config/public-address.js';

export { ConfigError } from './config/config-error.js';

/** Everything the process is told from outside, read once. The only file that looks at the environment. */
export interface Config extends PublicAddress {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  readonly database:
    { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };
  /** Folder of what is generated: the master key, and by default the database. */
  readonly dataDirectory: string;
  /** Base64 keys of 32 bytes, the sealing one first; null: `master.key` in the data directory, made at first start. */
  readonly masterKeys: readonly string[] | null;
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

/** A connection that the environment manages, as it stands there. */
export interface ManagedEndpoint {
  readonly kind: 'OPENAI' | 'OLLAMA';
  readonly url: string;
  readonly apiKey: string | null;
}

const networks = z
  .string()
  .default('')
  .transform((text) => splitList(text, ','))
  .refine((list) => list.every(isCidr), 'must be a comma-separated list of networks such as 10.0.0.0/8');

const wholeNumber = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(rule).int(rule).min(min, rule).max(max, rule);
};

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  INTRALLM_PUBLIC_URL: z.string().optional(),
  INTRALLM_TRUSTED_PROXIES: networks,
  INTRALLM_DATA: z.string().min(1).default('data'),
  DATABASE_URL: z.string().optional(),
  INTRALLM_MASTER_KEY: z.string().optional(),
  INTRALLM_MASTER_KEY_FILE: z.string().optional(),
  INTRALLM_ADMIN_EMAIL: z.email().optional(),
  INTRALLM_ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').max(1024).optional(),
  OPENAI_API_BASE_URLS: z.string().default(''),
  OPENAI_API_KEYS: z.string().default(''),
  OLLAMA_BASE_URLS: z.string().default(''),
  INTRALLM_OLLAMA_OPEN_NETWORKS: networks,
  INTRALLM_ALLOWED_NETWORKS: networks,
  INTRALLM_DENIED_NETWORKS: networks,
  INTRALLM_OUTBOUND_PROXY: z
    .url({ protocol: /^http$/ })
    .refine(hasReadableUser, 'must have a % in its user or password written as %25')
    .optional(),
  INTRALLM_CA_FILE: z.string().optional(),
  INTRALLM_CHECK_SECONDS: z.coerce.number().min(1).max(3600).default(30),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** Parses the environment; throws ConfigError naming the first variable that cannot be used. Empty means not set. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(String(issue?.path[0] ?? 'environment'), issue?.message ?? 'is not usable');
  }
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    ...readPublicAddress(values.INTRALLM_PUBLIC_URL),
    trustedProxies: values.INTRALLM_TRUSTED_PROXIES,
    dataDirectory: readFolder('INTRALLM_DATA', values.INTRALLM_DATA),
    database: parseDatabaseUrl(values.DATABASE_URL ?? `sqlite:${path.join(values.INTRALLM_DATA, 'intrallm.db')}`),
    masterKeys: readMasterKeys(values.INTRALLM_MASTER_KEY, values.INTRALLM_MASTER_KEY_FILE),
    firstAdmin: firstAdmin(values.INTRALLM_ADMIN_EMAIL, values.INTRALLM_ADMIN_PASSWORD),
    managed: [
      ...managed('OPENAI', splitPositions(values.OPENAI_API_BASE_URLS), splitPositions(values.OPENAI_API_KEYS)),
      ...managed('OLLAMA', splitPositions(values.OLLAMA_BASE_URLS), []),
    ],
    ollamaOpenNetworks: values.INTRALLM_OLLAMA_OPEN_NETWORKS,
    allowedNetworks: values.INTRALLM_ALLOWED_NETWORKS,
    deniedNetworks: values.INTRALLM_DENIED_NETWORKS,
    outboundProxy: values.INTRALLM_OUTBOUND_PROXY ?? null,
    certificateAuthorities:
      values.INTRALLM_CA_FILE === undefined ? null : readCertificates('INTRALLM_CA_FILE', values.INTRALLM_CA_FILE),
    checkIntervalMs: values.INTRALLM_CHECK_SECONDS * 1000,
    logLevel: values.LOG_LEVEL,
  };
}

/** `sqlite:FILE` or `postgres://…`; throws ConfigError for anything else. */
export function parseDatabaseUrl(url: string): Config['database'] {
  if (url.startsWith('sqlite:')) return { kind: 'sqlite', file: path.resolve(url.slice('sqlite:'.length)) };
  if (/^postgres(ql)?:\/\//.test(url)) return { kind: 'postgres', url };
  throw new ConfigError('DATABASE_URL', 'must begin with sqlite: or postgres://');
}

function readMasterKeys(inline: string | undefined, file: string | undefined): readonly string[] | null {
  if (inline !== undefined) return splitList(inline, ',');
  if (file !== undefined) return splitList(readSetting('INTRALLM_MASTER_KEY_FILE', file), ',');
  return null;
}

function readSetting(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(variable, `the file ${file} cannot be read`, { cause });
  }
}

/** The folder as a full path. It need not exist yet; throws ConfigError where a file stands in its place or above it. */
function readFolder(variable: string, name: string): string {
  const folder = path.resolve(name);
  for (let place = folder; ; place = path.dirname(place)) {
    const found = isFolder(place);
    if (found === true || place === path.dirname(place)) return folder;
    if (found === false) throw new ConfigError(variable, `must name a folder, and ${place} is a file`);
  }
}

/** Null where nothing is there, or nothing that we may see. */
function isFolder(place: string): boolean | null {
  try {
    return statSync(place).isDirectory();
  } catch {
    // What is wrong there is told by whoever opens a file in it.
    return null;
  }
}

/** TLS would pass over whatever it cannot read in there, and distrust the endpoints for it. */
function readCertificates(variable: string, file: string): string {
  const text = readSetting(variable, file);
  const certificates = text.match(/-----BEGIN ([A-Z\d ]*CERTIFICATE)-----[^]+?-----END \1-----/g);
  if (certificates === null) throw new ConfigError(variable, `the file ${file} holds no certificate in PEM`);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw new ConfigError(variable, `the file ${file} holds a certificate that cannot be read`, { cause });
  }
  return text;
}

function firstAdmin(email: string | undefined, password: string | undefined): Config['firstAdmin'] {
  if (email === undefined && password === undefined) return null;
  if (email === undefined) throw new ConfigError('INTRALLM_ADMIN_EMAIL', 'is needed beside INTRALLM_ADMIN_PASSWORD');
  if (password === undefined) throw new ConfigError('INTRALLM_ADMIN_PASSWORD', 'is needed beside INTRALLM_ADMIN_EMAIL');
  return { email, password };
}

function managed(kind: ManagedEndpoint['kind'], urls: readonly string[], keys: readonly string[]): ManagedEndpoint[] {
  return urls.flatMap((url, position) => (url === '' ? [] : [{ kind, url, apiKey: keys[position] || null }]));
}

/** Keys belong to URLs by position, so empty places count. */
const splitPositions = (text: string) => text.split(';').map((part) => part.trim());

const splitList = (text: string, separator: string) =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

function isCidr(text: string): boolean {
  return ipaddr.isValidCIDR(text) || ipaddr.isValid(text);
}

function hasReadableUser(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    // A % that begins no escape: it could stand for itself, or be half of one.
    return false;
  }
}
