import type { ConnectionEditor_connectionFragment, HeaderInput, ModelAliasInput } from '@intrallm/schema';

// Lists of the form whose items have several fields. Each row has an identity of its own, so that a row keeps its
// focus and its text while others come and go.

/** One extra header as the form holds it. `storedName`: the name under which the server keeps its secret value. */
export interface HeaderRow {
  readonly row: string;
  name: string;
  value: string;
  secret: boolean;
  readonly storedName: string | null;
}

export interface AliasRow {
  readonly row: string;
  upstreamId: string;
  name: string;
}

let rows = 0;
const nextRow = (): string => `row-${(rows += 1)}`;

export function emptyHeader(): HeaderRow {
  return { row: nextRow(), name: '', value: '', secret: true, storedName: null };
}

export function emptyAlias(): AliasRow {
  return { row: nextRow(), upstreamId: '', name: '' };
}

/** True while the stored secret value of this row stays: it has its old name, and nobody typed another value. */
export function keepsStoredValue(row: HeaderRow): boolean {
  return row.secret && row.value === '' && row.storedName?.toLowerCase() === row.name.trim().toLowerCase();
}

export const fromHeaders = (headers: ConnectionEditor_connectionFragment['headers']): HeaderRow[] =>
  headers.map(({ name, value, secret }) => ({
    row: nextRow(),
    name,
    value: value ?? '',
    secret,
    storedName: secret ? name : null,
  }));

export const fromAliases = (aliases: ConnectionEditor_connectionFragment['modelAliases']): AliasRow[] =>
  aliases.map(({ upstreamId, name }) => ({ row: nextRow(), upstreamId, name }));

// An empty row is a row that nobody filled in; it is not sent.
const isBlankHeader = (row: HeaderRow): boolean => row.name.trim() === '' && row.value === '';
const isBlankAlias = (row: AliasRow): boolean => row.upstreamId.trim() === '' && row.name.trim() === '';

export function toHeaders(headers: readonly HeaderRow[]): HeaderInput[] {
  return headers
    .filter((row) => !isBlankHeader(row))
    .map((row) => ({
      name: row.name.trim(),
      secret: row.secret,
      // Sent without a value, a secret header keeps the one that the server has.
      ...(keepsStoredValue(row) ? {} : { value: row.value }),
    }));
}

export function toAliases(aliases: readonly AliasRow[]): ModelAliasInput[] {
  return aliases
    .filter((row) => !isBlankAlias(row))
    .map((row) => ({ upstreamId: row.upstreamId.trim(), name: row.name.trim() }));
}

/** The positions in the form of the rows that are sent. */
export interface SentRows {
  readonly headers: readonly number[];
  readonly modelAliases: readonly number[];
}

export function sentRows(values: { headers: readonly HeaderRow[]; modelAliases: readonly AliasRow[] }): SentRows {
  const positions = <T>(list: readonly T[], isBlank: (item: T) => boolean): number[] =>
    list.flatMap((item, index) => (isBlank(item) ? [] : [index]));
  return {
    headers: positions(values.headers, isBlankHeader),
    modelAliases: positions(values.modelAliases, isBlankAlias),
  };
}
