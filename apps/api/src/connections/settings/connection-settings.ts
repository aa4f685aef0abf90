import type { AuthScheme, EndpointKind } from '@intrallm/providers';
import type { InputCheck, ListBounds } from '../../lib/input-check.js';
import type { Connection } from '../connection.entity.js';
import type { ModelAlias } from '../connection.types.js';
import type { HeaderInput } from './header-input.js';

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

/**
 * Columns of a connection that are no setting; every other column needs a row in SETTINGS, or this file does not
 * compile.
 */
type Identity = 'id' | 'kind' | 'name' | 'nameKey' | 'nameIsDefault' | 'enabled' | 'managedBy' | 'managedKey';
type Endpoint = 'url' | 'auth' | 'headers' | 'apiKeyPreview' | 'endpointRevision';
type Lifetime = 'enabledUntilGone' | 'version' | 'createdAt' | 'updatedAt' | 'removedAt';

/** What an administrator may set of a connection besides its name, its switch and its endpoint. */
export type Settings = Omit<Connection, Identity | Endpoint | Lifetime>;

/** Absent: the setting stays as it is. Null: unset, or an empty list; refused where a setting has no such value. */
export type SettingsInput = { readonly [name in keyof Settings]?: Settings[name] | null };

interface Setting<T> {
  /** The value of a connection for which nobody set it. */
  readonly default: T;
  /** Gives the value to store, and tells `check` what is wrong with the given one. Null asks to unset it. */
  readonly check: (check: InputCheck, field: string, given: T | null) => T;
}

const TIMEOUT_MS = [100, 3_600_000] as const;
const MODELS = { entries: 2_000, characters: 512 };
const TAGS = { entries: 64, characters: 64 };
const ALIAS_CHARACTERS = 256;
const SHORT_CHARACTERS = 64;

/**
 * Every setting of a connection, in the order in which audit entries and refusals name them. The defaults, the checks
 * and the difference between two versions follow from it.
 */
export const SETTINGS: { readonly [name in keyof Settings]: Setting<Settings[name]> } = {
  modelPrefix: {
    default: null,
    check: (check, field, given) => (given === null ? null : modelPrefix(check, field, given)),
  },
  modelAllowlist: lines(MODELS),
  declaredModels: lines(MODELS),
  modelAliases: { default: [], check: (check, field, given) => modelAliases(check, field, given ?? []) },
  countStreamTokens: flag(false),
  pool: { default: '', check: (check, field, given) => check.line(field, given ?? '', SHORT_CHARACTERS) },
  tags: lines(TAGS),
  priority: whole(0, [-10_000, 10_000]),
  weight: whole(1, [0, 1_000]),
  maxInFlight: optionalWhole([1, 100_000]),
  firstByteTimeoutMs: optionalWhole(TIMEOUT_MS),
  idleTimeoutMs: optionalWhole(TIMEOUT_MS),
  allowKeepAlive: flag(false),
  maxContextLength: optionalWhole([1, 100_000_000]),
};

export const SETTING_NAMES = Object.keys(SETTINGS) as (keyof Settings)[];

export const DEFAULT_SETTINGS = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, SETTINGS[name].default]),
) as unknown as Settings;

/** The settings that the input names, as they are to be stored. */
export function checkSettings(check: InputCheck, input: SettingsInput): Partial<Settings> {
  const checked = <Name extends keyof Settings>(name: Name): [Name, Settings[Name]][] => {
    const given: Settings[Name] | null | undefined = input[name];
    return given === undefined ? [] : [[name, SETTINGS[name].check(check, name, given)]];
  };
  return Object.fromEntries(SETTING_NAMES.flatMap((name) => checked(name)));
}

function flag(initially: boolean): Setting<boolean> {
  return { default: initially, check: (check, field, given) => required(check, field, given, initially) };
}

function whole(initially: number, range: readonly [number, number]): Setting<number> {
  return {
    default: initially,
    check: (check, field, given) => check.whole(field, required(check, field, given, initially), range),
  };
}

function optionalWhole(range: readonly [number, number]): Setting<number | null> {
  return { default: null, check: (check, field, given) => (given === null ? null : check.whole(field, given, range)) };
}

function lines(bounds: ListBounds): Setting<readonly string[]> {
  return { default: [], check: (check, field, given) => check.lines(field, given ?? [], bounds) };
}

function modelPrefix(check: InputCheck, field: string, text: string): string | null {
  const prefix = check.line(field, text, SHORT_CHARACTERS).replace(/^\/+|\/+$/g, '');
  if (/[\s*]/.test(prefix)) check.reject(field, 'A prefix has no spaces and no * in it.');
  return prefix === '' ? null : prefix;
}

function modelAliases(check: InputCheck, list: string, aliases: readonly ModelAlias[]): ModelAlias[] {
  if (!check.hasRoom(list, aliases, MODELS.entries)) return [];
  const seen = { upstreamId: new Set<string>(), name: new Set<string>() };
  return aliases.map((alias, index) => {
    const part = (key: 'upstreamId' | 'name', characters: number): string => {
      const field = `${list}.${index}.${key}`;
      const value = check.line(field, alias[key], characters);
      if (value === '') check.reject(field, 'Enter something.');
      else if (seen[key].has(value)) check.reject(field, 'Another alias of this connection has the same.');
      seen[key].add(value);
      return value;
    };
    return { upstreamId: part('upstreamId', MODELS.characters), name: part('name', ALIAS_CHARACTERS) };
  });
}

/** The value, or `instead` after it was refused as null. */
export function required<T>(check: InputCheck, field: string, value: T | null, instead: T): T {
  if (value !== null) return value;
  check.reject(field, 'This cannot be unset.');
  return instead;
}

/** The input of an add, where null says as much as leaving it out. */
export function withoutNulls<T extends object>(input: T): T {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as T;
}
