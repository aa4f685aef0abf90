import type { ColumnOptions, ValueTransformer } from 'typeorm';

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

/** Text of any length. Limits are the services' business, where they can name the field. */
export const text = (options: ColumnOptions = {}): ColumnOptions => ({ type: 'text', ...options });

/** Whole number up to 2^31 - 1. */
export const integer = (options: ColumnOptions = {}): ColumnOptions => ({ type: 'integer', ...options });

/** Whole number up to 2^53 - 1, a number in code (the PostgreSQL driver gives text for it). */
export const whole = (options: ColumnOptions = {}): ColumnOptions => ({
  type: 'bigint',
  transformer: wholeTransformer,
  ...options,
});

export const real = (options: ColumnOptions = {}): ColumnOptions => ({ type: 'double precision', ...options });

export const flag = (options: ColumnOptions = {}): ColumnOptions => ({ type: 'boolean', ...options });

/**
 * An instant, a Date in code, stored as "2026-11-23T13:11:34.662Z": UTC and to the millisecond on both databases, in
 * the order of time when compared as text. Query builders and find operators take `instant(date)`.
 */
export const instantColumn = (options: ColumnOptions = {}): ColumnOptions => ({
  type: 'text',
  transformer: instantTransformer,
  ...options,
});

/** A date as query parameters need it. */
export const instant = (date: Date): string => date.toISOString();

/** Plain data as JSON text. */
export const json = (options: ColumnOptions = {}): ColumnOptions => ({
  type: 'text',
  transformer: jsonTransformer,
  ...options,
});
