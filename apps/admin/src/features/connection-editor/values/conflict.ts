import { type ConnectionFormValues, storedConnectionValues } from './form-values.js';
import { SETTINGS, type EditedConnection } from './settings.js';

/** One field that another administrator changed while the dialog was open. */
export interface TheirChange {
  readonly field: keyof ConnectionFormValues;
  readonly label: string;
  readonly now: string;
  /** The field was changed here too: what stands in the form stays. */
  readonly mineStays: boolean;
}

const LABELS: Readonly<Partial<Record<keyof ConnectionFormValues, string>>> = {
  url: 'Endpoint URL',
  name: 'Name',
  auth: 'Auth scheme',
  ...Object.fromEntries(Object.entries(SETTINGS).map(([name, { label }]) => [name, label])),
};

const withoutRow = (key: string, value: unknown): unknown => (key === 'row' ? undefined : value);
const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left, withoutRow) === JSON.stringify(right, withoutRow);

function inWords(value: ConnectionFormValues[keyof ConnectionFormValues]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (!Array.isArray(value)) return value === '' ? 'not set' : String(value);
  if (value.length === 0) return 'none';
  return value.map((item) => (typeof item === 'string' ? item : item.name)).join(', ');
}

const fieldsOf = (values: ConnectionFormValues) => Object.keys(values) as (keyof ConnectionFormValues)[];

/** What differs between the version that the form started from and the one that the server has now. */
export function theirChanges(
  base: EditedConnection,
  current: EditedConnection,
  values: ConnectionFormValues,
): TheirChange[] {
  const before = storedConnectionValues(base);
  const now = storedConnectionValues(current);
  return fieldsOf(now)
    .filter((field) => !same(before[field], now[field]))
    .map((field) => ({
      field,
      label: LABELS[field] ?? field,
      now: inWords(now[field]),
      mineStays: !same(before[field], values[field]),
    }));
}

/**
 * The form on top of the server's version: fields changed here stay as they are, all others take the server's value.
 */
export function onTopOf(
  base: EditedConnection,
  current: EditedConnection,
  values: ConnectionFormValues,
): ConnectionFormValues {
  const before = storedConnectionValues(base);
  const now = storedConnectionValues(current);
  const mine = fieldsOf(values).filter((field) => !same(before[field], values[field]));
  return { ...now, ...Object.fromEntries(mine.map((field) => [field, values[field]])) };
}
