import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { DEFAULT_IDENTIFIERS, type Identifier } from '../../domain/cmdb/identification.js';

/** The identifiers of classes that have rules of their own, in one statement; the others have the default. */
export async function identificationRules(db: Queryable): Promise<ReadonlyMap<string, readonly Identifier[]>> {
  const rows = await db.query<{ ciClass: string; identifiers: Identifier[] }>(sql`
    select ci_class as "ciClass", identifiers from identification_rule where identifiers is not null`);
  return new Map(rows.map(({ ciClass, identifiers }) => [ciClass, identifiers]));
}

/** The identifiers of a class. */
export const identifiersOf =
  (rules: ReadonlyMap<string, readonly Identifier[]>) =>
  (ciClass: string): readonly Identifier[] =>
    rules.get(ciClass) ?? DEFAULT_IDENTIFIERS;
