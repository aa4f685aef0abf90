import type { AuthScheme, EndpointKind } from '@intrallm/providers';
import type { InputCheck } from '../../lib/input-check.js';
import type { Connection } from '../connection.entity.js';
import type { ModelAlias } from '../connection.types.js';
import type { HeaderInput } from './header-input.js';

/** What an administrator may set besides the endpoint itself. Absent: as it is; null: see the contract's update input. */
export interface SettingsInput {
  readonly modelPrefix?: string | null;
  readonly modelAllowlist?: readonly string[] | null;
  readonly declaredModels?: readonly string[] | null;
  readonly modelAliases?: readonly ModelAlias[] | null;
  readonly countStreamTokens?: boolean | null;
  readonly pool?: string | null;
  readonly tags?: readonly string[] | null;
  readonly priority?: number | null;
  readonly weight?: number | null;
  readonly maxInFlight?: number | null;
  readonly firstByteTimeoutMs?: number | null;
  readonly idleTimeoutMs?: number | null;
  readonly allowKeepAlive?: boolean | null;
  readonly maxContextLength?: number | null;
}

export interface EndpointInput {
  readonly url?: string | null;
  readonly apiKey?: string | null;
  readonly removeApiKey?: boolean | null;
  readonly auth?: AuthScheme | null;
  readonly headers?: readonly HeaderInput[] | null;
}

export interface AddConnection extends EndpointInput, SettingsInput {
  readonly kind: EndpointKind;
  readonly url: string;
  readonly name?: string | null;
  readonly enabled?: boolean | null;
}

export interface UpdateConnection extends EndpointInput, SettingsInput {
  readonly version?: number | null;
  readonly name?: string | null;
  readonly enabled?: boolean | null;
}

export type Settings = Pick<Connection, Exclude<keyof SettingsInput, never>>;

/** Of a connection that nobody set anything for. */
export const DEFAULT_SETTINGS: Settings = {
  modelPrefix: null,
  modelAllowlist: [],
  declaredModels: [],
  modelAliases: [],
  countStreamTokens: false,
  pool: '',
  tags: [],
  priority: 0,
  weight: 1,
  maxInFlight: null,
  firstByteTimeoutMs: null,
  idleTimeoutMs: null,
  allowKeepAlive: false,
  maxContextLength: null,
};

const TIMEOUT_MS = [100, 3_600_000] as const;
const CONTEXT_TOKENS = [1, 100_000_000] as const;
const MODELS = { entries: 2_000, characters: 512 };
const TAGS = { entries: 64, characters: 64 };
const ALIAS_CHARACTERS = 256;
const SHORT_CHARACTERS = 64;

/** The settings that the input names, checked. Null where nothing can be unset is refused. */
export function checkSettings(check: InputCheck, input: SettingsInput): Partial<Settings> {
  return {
    ...checkLists(check, input),
    ...defined('modelPrefix', input.modelPrefix, (prefix) => (prefix === null ? null : modelPrefix(check, prefix))),
    ...defined('pool', input.pool, (pool) => (pool === null ? '' : check.line('pool', pool, SHORT_CHARACTERS))),
    ...defined('countStreamTokens', input.countStreamTokens, (value) =>
      required(check, 'countStreamTokens', value, false),
    ),
    ...defined('priority', input.priority, (value) =>
      check.whole('priority', required(check, 'priority', value, 0), [-10_000, 10_000]),
    ),
    ...defined('weight', input.weight, (value) =>
      check.whole('weight', required(check, 'weight', value, 1), [0, 1_000]),
    ),
    ...defined('maxInFlight', input.maxInFlight, (value) => optional(check, 'maxInFlight', value, [1, 100_000])),
    ...defined('firstByteTimeoutMs', input.firstByteTimeoutMs, (value) =>
      optional(check, 'firstByteTimeoutMs', value, TIMEOUT_MS),
    ),
    ...defined('idleTimeoutMs', input.idleTimeoutMs, (value) => optional(check, 'idleTimeoutMs', value, TIMEOUT_MS)),
    ...defined('allowKeepAlive', input.allowKeepAlive, (value) => required(check, 'allowKeepAlive', value, false)),
    ...defined('maxContextLength', input.maxContextLength, (value) =>
      optional(check, 'maxContextLength', value, CONTEXT_TOKENS),
    ),
  };
}

function checkLists(check: InputCheck, input: SettingsInput): Partial<Settings> {
  return {
    ...defined('tags', input.tags, (tags) => check.lines('tags', tags ?? [], TAGS)),
    ...defined('modelAllowlist', input.modelAllowlist, (list) => check.lines('modelAllowlist', list ?? [], MODELS)),
    ...defined('declaredModels', input.declaredModels, (list) => check.lines('declaredModels', list ?? [], MODELS)),
    ...defined('modelAliases', input.modelAliases, (aliases) => modelAliases(check, aliases ?? [])),
  };
}

function modelPrefix(check: InputCheck, text: string): string | null {
  const prefix = check.line('modelPrefix', text, SHORT_CHARACTERS).replace(/^\/+|\/+$/g, '');
  if (/[\s*]/.test(prefix)) check.reject('modelPrefix', 'A prefix has no spaces and no * in it.');
  return prefix === '' ? null : prefix;
}

function modelAliases(check: InputCheck, aliases: readonly ModelAlias[]): ModelAlias[] {
  if (!check.hasRoom('modelAliases', aliases, MODELS.entries)) return [];
  const seen = { upstreamId: new Set<string>(), name: new Set<string>() };
  return aliases.map((alias, index) => {
    const part = (key: 'upstreamId' | 'name', characters: number): string => {
      const field = `modelAliases.${index}.${key}`;
      const value = check.line(field, alias[key], characters);
      if (value === '') check.reject(field, 'Enter something.');
      else if (seen[key].has(value)) check.reject(field, 'Another alias of this connection has the same.');
      seen[key].add(value);
      return value;
    };
    return { upstreamId: part('upstreamId', MODELS.characters), name: part('name', ALIAS_CHARACTERS) };
  });
}

function optional(
  check: InputCheck,
  field: string,
  value: number | null,
  range: readonly [number, number],
): number | null {
  return value === null ? null : check.whole(field, value, range);
}

/** The value, or `instead` after it was refused as null. */
export function required<T>(check: InputCheck, field: string, value: T | null, instead: T): T {
  if (value !== null) return value;
  check.reject(field, 'This cannot be unset.');
  return instead;
}

function defined<K extends string, T, R>(key: K, value: T | undefined, parse: (value: T) => R): Partial<Record<K, R>> {
  return value === undefined ? {} : ({ [key]: parse(value) } as Partial<Record<K, R>>);
}

/** The input of an add, where null says as much as leaving it out. */
export function withoutNulls<T extends object>(input: T): T {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as T;
}
