import type { ConnectionEditor_connectionFragment, UpdateConnectionInput } from '@intrallm/schema';
import { type AliasRow, type HeaderRow, fromAliases, fromHeaders, toAliases, toHeaders } from './form-rows.js';

export type EditedConnection = ConnectionEditor_connectionFragment;

/** A number as it is typed: the empty text means "not set". */
export type TypedNumber = number | '';

/** What the form treats by itself: where the endpoint is, what it is called and how one signs in to it. */
type Identity = 'version' | 'name' | 'url' | 'auth' | 'apiKey' | 'removeApiKey';
type SettingField = Exclude<keyof UpdateConnectionInput, Identity>;

interface Setting<Value, Field extends SettingField> {
  /** The setting's name in the API. */
  readonly field: Field;
  /** How the list of what somebody else changed names it. */
  readonly label: string;
  /** The form's value for a new connection. It means what the server takes where the setting is not sent. */
  readonly initial: Value;
  readonly fromStored: (connection: EditedConnection) => Value;
  readonly toInput: (value: Value) => UpdateConnectionInput[Field];
}

const setting = <Value, Field extends SettingField>(row: Setting<Value, Field>): Setting<Value, Field> => row;

const orNull = <T>(value: T | ''): T | null => (value === '' ? null : value);
const or =
  (fallback: number) =>
  (value: TypedNumber): number =>
    value === '' ? fallback : value;
const seconds = (ms: number | null | undefined): TypedNumber => (ms == null ? '' : ms / 1000);
const toMs = (value: TypedNumber): number | null => (value === '' ? null : Math.round(value * 1000));
const asIs = <T>(value: T): T => value;
const unset: TypedNumber = '';
const noNames: string[] = [];
const noHeaders: HeaderRow[] = [];
const noAliases: AliasRow[] = [];

/**
 * Every setting of a connection by the name that the form gives it, which is the path of its field. Times are typed in
 * seconds, because that is how people think of deadlines; the API has milliseconds.
 */
export const SETTINGS = {
  enabled: setting({
    field: 'enabled',
    label: 'Switched on',
    initial: true,
    fromStored: ({ enabled }) => enabled,
    toInput: asIs,
  }),
  headers: setting({
    field: 'headers',
    label: 'Extra headers',
    initial: noHeaders,
    fromStored: ({ headers }) => fromHeaders(headers),
    toInput: toHeaders,
  }),
  modelPrefix: setting({
    field: 'modelPrefix',
    label: 'Model prefix',
    initial: '',
    fromStored: ({ modelPrefix }) => modelPrefix ?? '',
    toInput: (value) => orNull(value.trim()),
  }),
  modelAllowlist: setting({
    field: 'modelAllowlist',
    label: 'Allowlist',
    initial: noNames,
    fromStored: ({ modelAllowlist }) => [...modelAllowlist],
    toInput: asIs,
  }),
  declaredModels: setting({
    field: 'declaredModels',
    label: 'Declared models',
    initial: noNames,
    fromStored: ({ declaredModels }) => [...declaredModels],
    toInput: asIs,
  }),
  modelAliases: setting({
    field: 'modelAliases',
    label: 'Aliases',
    initial: noAliases,
    fromStored: ({ modelAliases }) => fromAliases(modelAliases),
    toInput: toAliases,
  }),
  countStreamTokens: setting({
    field: 'countStreamTokens',
    label: 'Count tokens of streams',
    initial: true,
    fromStored: ({ countStreamTokens }) => countStreamTokens,
    toInput: asIs,
  }),
  pool: setting({
    field: 'pool',
    label: 'Pool',
    initial: '',
    fromStored: ({ pool }) => pool,
    toInput: (value) => value.trim(),
  }),
  tags: setting({
    field: 'tags',
    label: 'Tags',
    initial: noNames,
    fromStored: ({ tags }) => [...tags],
    toInput: asIs,
  }),
  priority: setting({
    field: 'priority',
    label: 'Priority',
    initial: 0,
    fromStored: ({ priority }) => priority,
    toInput: or(0),
  }),
  weight: setting({
    field: 'weight',
    label: 'Weight',
    initial: 1,
    fromStored: ({ weight }) => weight,
    toInput: or(1),
  }),
  maxInFlight: setting({
    field: 'maxInFlight',
    label: 'Max in flight',
    initial: unset,
    fromStored: ({ maxInFlight }) => maxInFlight ?? '',
    toInput: orNull<number>,
  }),
  firstByteTimeout: setting({
    field: 'firstByteTimeoutMs',
    label: 'First byte',
    initial: unset,
    fromStored: ({ firstByteTimeoutMs }) => seconds(firstByteTimeoutMs),
    toInput: toMs,
  }),
  idleTimeout: setting({
    field: 'idleTimeoutMs',
    label: 'Idle',
    initial: unset,
    fromStored: ({ idleTimeoutMs }) => seconds(idleTimeoutMs),
    toInput: toMs,
  }),
  allowKeepAlive: setting({
    field: 'allowKeepAlive',
    label: 'Callers may keep models in memory',
    initial: false,
    fromStored: ({ allowKeepAlive }) => allowKeepAlive,
    toInput: asIs,
  }),
  maxContextLength: setting({
    field: 'maxContextLength',
    label: 'Longest context',
    initial: unset,
    fromStored: ({ maxContextLength }) => maxContextLength ?? '',
    toInput: orNull<number>,
  }),
};

export type SettingName = keyof typeof SETTINGS;
export type SettingValues = { [Name in SettingName]: (typeof SETTINGS)[Name]['initial'] };
export type SettingInput = Pick<UpdateConnectionInput, SettingField>;

/** A setting that the API takes and that has no row does not compile. */
type Rowless = Exclude<SettingField, (typeof SETTINGS)[SettingName]['field']>;
const names = Object.keys(SETTINGS) as ([Rowless] extends [never] ? SettingName : Rowless)[] satisfies SettingName[];

const valuesOf = (valueOf: (name: SettingName) => unknown): SettingValues =>
  Object.fromEntries(names.map((name) => [name, valueOf(name)])) as SettingValues;

export const initialSettings = (): SettingValues => valuesOf((name) => SETTINGS[name].initial);

export const storedSettings = (connection: EditedConnection): SettingValues =>
  valuesOf((name) => SETTINGS[name].fromStored(connection));

/** The settings as the API takes them, of which those that say the same as `base` are left out. */
export function changedSettings(base: SettingValues, values: SettingValues): SettingInput {
  const input = (name: SettingName, all: SettingValues): unknown =>
    (SETTINGS[name].toInput as (value: SettingValues[SettingName]) => unknown)(all[name]);
  return Object.fromEntries(
    names
      .filter((name) => JSON.stringify(input(name, values)) !== JSON.stringify(input(name, base)))
      .map((name) => [SETTINGS[name].field, input(name, values)]),
  );
}
