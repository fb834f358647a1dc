import { type RawBuilder, sql } from 'kysely';
import { ALL_OTHERS, saidFields, type ProvenanceOrigin, type Said } from '../../domain/cmdb/provenance.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Says who sets values now. @param source the source that they come from, if there is one. */
export const saidBy = (uow: UnitOfWork, o: ProvenanceOrigin, source?: string | null): Said => ({
  o,
  ...(source != null && { s: source }),
  ...(uow.actor.id !== undefined && { p: uow.actor.id }),
  at: uow.now.toISOString(),
});

/** Who said which fields of an item. */
export interface ItemSaid {
  readonly ci: string;
  readonly fields: Readonly<Record<string, Said>>;
}

/** Who said the fields of a new item: one for all of them. */
export const saidOfNew = (ci: string, said: Said): ItemSaid => ({ ci, fields: { [ALL_OTHERS]: said } });

/** Who said what differs between two states of an item. */
export const saidOfEdit = (
  ci: string,
  [before, after]: readonly [Parameters<typeof saidFields>[0], Parameters<typeof saidFields>[0]],
  said: Said,
): ItemSaid => ({ ci, fields: Object.fromEntries(saidFields(before, after).map((field) => [field, said])) });

/** Keeps who said fields of items, as a statement that others can carry with them. */
export const keepSaid = (said: readonly ItemSaid[]): RawBuilder<unknown> => sql`
  insert into ci_provenance as p (ci_id, fields)
  select r.ci, r.fields from json_to_recordset(${JSON.stringify(said)}::json) as r(ci uuid, fields jsonb)
  on conflict (ci_id) do update set fields = p.fields || excluded.fields`;

/** Keeps who said fields of items, at the end of the transaction: no command reads it. */
export function writeSaid(uow: UnitOfWork, said: readonly ItemSaid[]): void {
  const some = said.filter(({ fields }) => Object.keys(fields).length > 0);
  if (some.length > 0) uow.carry(keepSaid(some));
}
