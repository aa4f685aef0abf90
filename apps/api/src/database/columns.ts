import {
  LessThan,
  LessThanOrEqual,
  MoreThanOrEqual,
  type ColumnOptions,
  type FindOperator,
  type ValueTransformer,
} from 'typeorm';

// Column types that mean the same on SQLite and PostgreSQL, so that one migration serves both without drift. Every
// @Column of an entity is one of these.

const instantTransformer: ValueTransformer = {
  to: (value: unknown) => (value instanceof Date ? value.toISOString() : value),
  from: (value: string | null) => (value === null ? null : new Date(value)),
};

const wholeTransformer: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

const jsonTransformer: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value)),
  from: (value: string | null): unknown => (value === null ? null : JSON.parse(value)),
};

/** Without options the column is not nullable, and fit for a primary key. */
interface Column {
  (): ColumnOptions & { readonly nullable?: false };
  (options: ColumnOptions): ColumnOptions;
}

const column =
  (base: ColumnOptions): Column =>
  (options: ColumnOptions = {}) =>
    ({ ...base, ...options }) as ColumnOptions & { readonly nullable?: false };

/** Text of any length. Limits are the services' business, where they can name the field. */
export const text = column({ type: 'text' });

/** Whole number up to 2^31 - 1. */
export const integer = column({ type: 'integer' });

/** Whole number up to 2^53 - 1, a number in code (the PostgreSQL driver gives text for it). */
export const whole = column({ type: 'bigint', transformer: wholeTransformer });

export const real = column({ type: 'double precision' });

export const flag = column({ type: 'boolean' });

/**
 * An instant, a Date in code, stored as "2026-11-23T13:11:34.662Z": UTC and to the millisecond on both databases, in
 * the order of time when compared as text. Query builders take `instant(date)`, find
 * options `before`, `until` and `since`.
 */
export const instantColumn = column({ type: 'text', transformer: instantTransformer });

/** A date as query parameters need it. */
export const instant = (date: Date): string => date.toISOString();

// TypeORM passes the value of a find operator on as it is, without the column's transformer, so it has to be text; the
// property is a Date all the same.
const asDate = (operator: FindOperator<string>): FindOperator<Date> => operator as unknown as FindOperator<Date>;

/** Find option of an instant: earlier than the date. */
export const before = (date: Date): FindOperator<Date> => asDate(LessThan(instant(date)));

/** Find option of an instant: the date itself or earlier. */
export const until = (date: Date): FindOperator<Date> => asDate(LessThanOrEqual(instant(date)));

/** Find option of an instant: the date itself or later. */
export const since = (date: Date): FindOperator<Date> => asDate(MoreThanOrEqual(instant(date)));

/** Plain data as JSON text. */
export const json = column({ type: 'text', transformer: jsonTransformer });
