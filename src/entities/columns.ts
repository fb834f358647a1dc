import { p } from '@mikro-orm/core';
import { v7 } from 'uuid';

/** Primary key: a UUIDv7 made by the server, so rows sort by creation and ids are known before the insert. */
export const id = () =>
  p
    .uuid()
    .primary()
    .onCreate(() => v7());

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

/** A JSON object, empty by default. */
export const jsonObject = () =>
  p
    .json<Record<string, unknown>>()
    .onCreate(() => ({}))
    .defaultRaw(`'{}'::jsonb`);
