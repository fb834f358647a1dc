import { p } from '@mikro-orm/core';
import { newId } from '../database/new-id.js';

/** Primary key: a UUIDv7 made by the server, so rows sort by creation and ids are known before the insert. */
export const id = () =>
  p
    .uuid()
    .primary()
    .onCreate(() => newId());

/** Columns of every mutable aggregate: an optimistic version, incremented by each update, and the two timestamps. */
export const mutable = () => ({
  version: p.integer().version(),
  createdAt: p.datetime().onCreate(() => new Date()),
  updatedAt: p
    .datetime()
    .onCreate(() => new Date())
    .onUpdate(() => new Date()),
});

/** Timestamp of rows that never change after their insert. */
export const createdAt = () => p.datetime().onCreate(() => new Date());

/** Human-readable number such as `REL-1042`, from the sequence `<table>_number_seq` (created by the migrations). */
export const number = (prefix: string, table: string) =>
  p.text().unique().defaultRaw(`('${prefix}-'::text || nextval('${table}_number_seq'::regclass))`);

/** Reference to the object in another system: both columns are set, or neither is. */
export const externalRef = () => ({
  externalSource: p.text().nullable(),
  externalKey: p.text().nullable(),
});

/**
 * Lets nobody give a name that another row has in another case or another form of Unicode; `folded_name` is a function
 * of the migrations.
 * @param columns of the table. The last one is the name, those before it are what it has to be unique in.
 */
export const oneName = (table: string, columns: readonly string[]) => {
  const name = `${table}_one_name`;
  const within = columns.slice(0, -1).map((column) => `"${column}", `);
  return {
    name,
    expression: `create unique index "${name}" on "${table}" (${within.join('')}folded_name("${columns.at(-1)}"))`,
  };
};

/** An index by which lists are sorted by name as people do. @param columns of the table, the last two: name and id */
export const byName = (table: string, columns: readonly string[]) => {
  const name = `${table}_${columns.join('_')}_index`;
  const sorted = columns.map((column, i) => `"${column}"${i === columns.length - 2 ? ' collate "und-x-icu"' : ''}`);
  return { name, expression: `create index "${name}" on "${table}" (${sorted.join(', ')})` };
};

/**
 * An index by which lists are sorted by an instant, with rows that have none at the end: reads sort by the same
 * expression.
 */
export const byInstant = (table: string, column: string) => {
  const name = `${table}_${column}_or_never`;
  return { name, expression: `create index "${name}" on "${table}" (coalesce("${column}", 'infinity'), "id")` };
};

/** An index by which lists are sorted by a text as people do, with rows that have none at the start. */
export const byText = (table: string, column: string) => {
  const name = `${table}_by_${column}`;
  return {
    name,
    expression: `create index "${name}" on "${table}" ((coalesce("${column}", '') collate "und-x-icu"), "id")`,
  };
};

/** An index by which rows are found by a text without regard to its case, in the order of their ids. */
export const byFolded = (table: string, column: string) => {
  const name = `${table}_folded_${column}_id`;
  return {
    name,
    expression: `create index "${name}" on "${table}" (folded_name("${column}"), "id") where "${column}" is not null`,
  };
};

/** An index by which rows with a value are found. It costs nothing for rows without one. */
export const whereGiven = (table: string, column: string) => {
  const name = `${table}_${column}_given`;
  return {
    name,
    expression: `create index "${name}" on "${table}" ("${column}", "id") where "${column}" is not null`,
  };
};

/** A JSON object, empty by default. */
export const jsonObject = () =>
  p
    .json<Record<string, unknown>>()
    .onCreate(() => ({}))
    .defaultRaw(`'{}'::jsonb`);
