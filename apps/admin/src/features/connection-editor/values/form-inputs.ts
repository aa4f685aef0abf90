import type {
  AddConnectionInput,
  AuthScheme,
  ConnectionKind,
  HeaderInput,
  ModelAliasInput,
  UpdateConnectionInput,
  VerifyConnectionInput,
} from '@intrallm/schema';

import {
  type AliasRow,
  type ConnectionFormValues,
  type EditedConnection,
  type HeaderRow,
  type TypedNumber,
  keepsStoredValue,
  storedConnectionValues,
} from './form-values.js';

const isBlankHeader = (row: HeaderRow): boolean => row.name.trim() === '' && row.value === '';
const isBlankAlias = (row: AliasRow): boolean => row.upstreamId.trim() === '' && row.name.trim() === '';

/** The positions of the rows that are sent: an empty row is a row that nobody filled in. */
export function sentRows(values: Pick<ConnectionFormValues, 'headers' | 'modelAliases'>): {
  headers: number[];
  modelAliases: number[];
} {
  const positions = <T>(list: readonly T[], isBlank: (item: T) => boolean): number[] =>
    list.flatMap((item, index) => (isBlank(item) ? [] : [index]));
  return {
    headers: positions(values.headers, isBlankHeader),
    modelAliases: positions(values.modelAliases, isBlankAlias),
  };
}

function toHeaders(headers: readonly HeaderRow[]): HeaderInput[] {
  return headers
    .filter((row) => !isBlankHeader(row))
    .map((row) => ({
      name: row.name.trim(),
      secret: row.secret,
      // Sent without a value, a secret header keeps the one that the server has.
      ...(keepsStoredValue(row) ? {} : { value: row.value }),
    }));
}

function toAliases(aliases: readonly AliasRow[]): ModelAliasInput[] {
  return aliases
    .filter((row) => !isBlankAlias(row))
    .map((row) => ({ upstreamId: row.upstreamId.trim(), name: row.name.trim() }));
}

const orNull = <T>(value: T | ''): T | null => (value === '' ? null : value);
const toMs = (value: TypedNumber): number | null => (value === '' ? null : Math.round(value * 1000));

/** A key that is typed wants a way to travel: on a connection without one it becomes Bearer. */
function authOf(values: ConnectionFormValues, base: EditedConnection | null): AuthScheme | null {
  if (values.auth === 'AUTO') return null;
  const untouched = base !== null && values.auth === base.auth;
  if (untouched && base.auth === 'NONE' && !base.hasApiKey && values.apiKey !== '') return 'BEARER';
  return values.auth;
}

/** Everything of the form that differs from what a new connection gets anyway. */
export function toAddInput(kind: ConnectionKind, values: ConnectionFormValues): AddConnectionInput {
  const auth = authOf(values, null);
  const headers = toHeaders(values.headers);
  const modelAliases = toAliases(values.modelAliases);
  return {
    kind,
    url: values.url.trim(),
    enabled: values.enabled,
    countStreamTokens: values.countStreamTokens,
    ...(values.name.trim() !== '' && { name: values.name.trim() }),
    ...(values.apiKey !== '' && { apiKey: values.apiKey }),
    ...(auth !== null && { auth }),
    ...(headers.length > 0 && { headers }),
    ...(values.modelPrefix.trim() !== '' && { modelPrefix: values.modelPrefix.trim() }),
    ...(values.modelAllowlist.length > 0 && { modelAllowlist: values.modelAllowlist }),
    ...(values.declaredModels.length > 0 && { declaredModels: values.declaredModels }),
    ...(modelAliases.length > 0 && { modelAliases }),
    ...(values.pool.trim() !== '' && { pool: values.pool.trim() }),
    ...(values.tags.length > 0 && { tags: values.tags }),
    ...(values.priority !== '' && values.priority !== 0 && { priority: values.priority }),
    ...(values.weight !== '' && values.weight !== 1 && { weight: values.weight }),
    ...(values.maxInFlight !== '' && { maxInFlight: values.maxInFlight }),
    ...(values.firstByteTimeout !== '' && { firstByteTimeoutMs: toMs(values.firstByteTimeout) }),
    ...(values.idleTimeout !== '' && { idleTimeoutMs: toMs(values.idleTimeout) }),
    ...(values.allowKeepAlive && { allowKeepAlive: true }),
    ...(values.maxContextLength !== '' && { maxContextLength: values.maxContextLength }),
  };
}

type Comparable = Omit<UpdateConnectionInput, 'version' | 'apiKey' | 'removeApiKey' | 'name'>;

function comparable(values: ConnectionFormValues, auth: AuthScheme | null): Comparable {
  return {
    url: values.url.trim(),
    enabled: values.enabled,
    auth,
    headers: toHeaders(values.headers),
    modelPrefix: orNull(values.modelPrefix.trim()),
    modelAllowlist: values.modelAllowlist,
    declaredModels: values.declaredModels,
    modelAliases: toAliases(values.modelAliases),
    countStreamTokens: values.countStreamTokens,
    pool: values.pool.trim(),
    tags: values.tags,
    priority: values.priority === '' ? 0 : values.priority,
    weight: values.weight === '' ? 1 : values.weight,
    maxInFlight: orNull(values.maxInFlight),
    firstByteTimeoutMs: toMs(values.firstByteTimeout),
    idleTimeoutMs: toMs(values.idleTimeout),
    allowKeepAlive: values.allowKeepAlive,
    maxContextLength: orNull(values.maxContextLength),
  };
}

/**
 * What changed against `base`, and nothing else: fields that another administrator edits meanwhile are left alone.
 * Without `version`; an empty object means that nothing changed.
 */
export function toChanges(base: EditedConnection, values: ConnectionFormValues): UpdateConnectionInput {
  const before = comparable(storedConnectionValues(base), base.auth);
  const after = comparable(values, authOf(values, base));
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof Comparable]),
  );
  const name = values.name.trim();
  return {
    ...Object.fromEntries(changed),
    ...(name !== base.name && { name: name === '' ? null : name }),
    ...(values.apiKey !== '' && !values.removeApiKey && { apiKey: values.apiKey }),
    ...(values.removeApiKey && { removeApiKey: true }),
  };
}

/** A trial of what stands in the form; on an edit the stored secrets serve where none is typed. */
export function toVerifyInput(
  kind: ConnectionKind,
  values: ConnectionFormValues,
  base: EditedConnection | null,
): VerifyConnectionInput {
  const headers = toHeaders(values.headers);
  const auth = values.removeApiKey ? 'NONE' : authOf(values, base);
  return {
    kind,
    url: values.url.trim(),
    ...(base !== null && { id: base.id }),
    ...(values.apiKey !== '' && !values.removeApiKey && { apiKey: values.apiKey }),
    ...(auth !== null && { auth }),
    ...((headers.length > 0 || base !== null) && { headers }),
  };
}
