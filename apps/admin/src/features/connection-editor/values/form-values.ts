import type { AuthScheme, ConnectionEditor_connectionFragment } from '@intrallm/schema';

/** One extra header as the form holds it. `storedName`: the name under which the server keeps its secret value. */
export interface HeaderRow {
  readonly row: string;
  name: string;
  value: string;
  secret: boolean;
  readonly storedName: string | null;
}

/** True while the stored secret value of this row stays: it has its old name, and nobody typed another value. */
export function keepsStoredValue(row: HeaderRow): boolean {
  return row.secret && row.value === '' && row.storedName?.toLowerCase() === row.name.trim().toLowerCase();
}

export interface AliasRow {
  readonly row: string;
  upstreamId: string;
  name: string;
}

/** A number as it is typed: the empty text means "not set". */
export type TypedNumber = number | '';

/** What the dialog holds while it is open. Times are in seconds, because that is how people think of deadlines. */
export interface ConnectionFormValues {
  url: string;
  apiKey: string;
  removeApiKey: boolean;
  name: string;
  enabled: boolean;
  /** AUTO leaves the choice to the server: Bearer with a key, none without. Offered while adding only. */
  auth: AuthScheme | 'AUTO';
  headers: HeaderRow[];
  modelPrefix: string;
  modelAllowlist: string[];
  declaredModels: string[];
  modelAliases: AliasRow[];
  countStreamTokens: boolean;
  pool: string;
  tags: string[];
  priority: TypedNumber;
  weight: TypedNumber;
  maxInFlight: TypedNumber;
  firstByteTimeout: TypedNumber;
  idleTimeout: TypedNumber;
  allowKeepAlive: boolean;
  maxContextLength: TypedNumber;
}

export type EditedConnection = ConnectionEditor_connectionFragment;

let rows = 0;
const nextRow = (): string => `row-${(rows += 1)}`;

export function emptyHeader(): HeaderRow {
  return { row: nextRow(), name: '', value: '', secret: true, storedName: null };
}

export function emptyAlias(): AliasRow {
  return { row: nextRow(), upstreamId: '', name: '' };
}

/** The values of a new connection; `url` may come from an example that was clicked. */
export function newConnectionValues(url = ''): ConnectionFormValues {
  return {
    url,
    apiKey: '',
    removeApiKey: false,
    name: '',
    enabled: true,
    auth: 'AUTO',
    headers: [],
    modelPrefix: '',
    modelAllowlist: [],
    declaredModels: [],
    modelAliases: [],
    countStreamTokens: true,
    pool: '',
    tags: [],
    priority: 0,
    weight: 1,
    maxInFlight: '',
    firstByteTimeout: '',
    idleTimeout: '',
    allowKeepAlive: false,
    maxContextLength: '',
  };
}

const seconds = (ms: number | null | undefined): TypedNumber => (ms == null ? '' : ms / 1000);

/** The values of a connection as it is stored. The key field starts empty: the key itself never comes back. */
export function storedConnectionValues(connection: EditedConnection): ConnectionFormValues {
  return {
    url: connection.url,
    apiKey: '',
    removeApiKey: false,
    name: connection.name,
    enabled: connection.enabled,
    auth: connection.auth,
    headers: connection.headers.map((header) => ({
      row: nextRow(),
      name: header.name,
      value: header.value ?? '',
      secret: header.secret,
      storedName: header.secret ? header.name : null,
    })),
    modelPrefix: connection.modelPrefix ?? '',
    modelAllowlist: [...connection.modelAllowlist],
    declaredModels: [...connection.declaredModels],
    modelAliases: connection.modelAliases.map((alias) => ({
      row: nextRow(),
      upstreamId: alias.upstreamId,
      name: alias.name,
    })),
    countStreamTokens: connection.countStreamTokens,
    pool: connection.pool,
    tags: [...connection.tags],
    priority: connection.priority,
    weight: connection.weight,
    maxInFlight: connection.maxInFlight ?? '',
    firstByteTimeout: seconds(connection.firstByteTimeoutMs),
    idleTimeout: seconds(connection.idleTimeoutMs),
    allowKeepAlive: connection.allowKeepAlive,
    maxContextLength: connection.maxContextLength ?? '',
  };
}

/** The name that the server gives when none is typed: host and port of the URL; null while there is no such URL. */
export function defaultName(url: string): string | null {
  const text = url.trim();
  if (text === '') return null;
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(candidate) ? new URL(candidate).host || null : null;
}
