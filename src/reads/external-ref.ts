import { sql } from 'kysely';

/** How an external reference is selected: an object with `source` and `key`, or null. */
export const externalRefColumn = sql`
  case when t.external_source is not null then
    json_build_object('source', t.external_source, 'key', t.external_key) end`;
