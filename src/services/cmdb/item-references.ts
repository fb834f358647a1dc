import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import { RowFailure } from '../../domain/file-import.js';
import { fromNodeId } from '../../domain/node-id.js';
import { attempt } from '../row-failure.js';
import type { UnitOfWork } from '../unit-of-work.js';

// Fields of a row that refer to other objects.
const REFERENCES = { ownerTeamId: 'Team', supportTeamId: 'Team', ownerId: 'Person' } as const;

type Reference = keyof typeof REFERENCES;
type Given = { readonly [Field in Reference]?: string | null };

const fields = Object.keys(REFERENCES) as Reference[];

/** The objects of each type that rows refer to and that there are, by database id: the name of a deactivated person. */
export type References = Readonly<Record<'Team' | 'Person', ReadonlyMap<string, string | null>>>;

/** Looks up the teams and people that rows refer to, in one statement. */
export async function referencesOf(uow: UnitOfWork, rows: readonly Given[]): Promise<References> {
  const ids = { Team: new Set<string>(), Person: new Set<string>() };
  for (const row of rows)
    for (const field of fields) {
      const type = REFERENCES[field];
      const id = row[field] == null ? undefined : attempt(() => fromNodeId(type, row[field] as string, field));
      if (id !== undefined) ids[type].add(id);
    }
  const known = { Team: new Map<string, string | null>(), Person: new Map<string, string | null>() };
  if (ids.Team.size + ids.Person.size === 0) return known;
  const found = await uow.query<{ type: keyof References; id: string; deactivated: string | null }>(sql`
    select 'Team' as type, id, null as deactivated from team where id = any(${[...ids.Team]}::uuid[])
    union all
    select 'Person', id, case when not active then name end from person where id = any(${[...ids.Person]}::uuid[])`);
  for (const { type, id, deactivated } of found) known[type].set(id, deactivated);
  return known;
}

/** Why a person cannot become an owner. @param name of the person */
export const deactivatedOwner = (name: string): RequestError =>
  new RequestError('BAD_USER_INPUT', `${name} has been deactivated and cannot own this.`, { field: 'ownerId' });

/**
 * The references that a row gives, as database ids. Null removes one, an absent one stays as it is.
 * @param before what the item refers to until now; a deactivated owner of then may stay
 * @throws RowFailure NOT_FOUND for an object that there is not, RequestError BAD_USER_INPUT for a malformed id or a
 *   deactivated owner
 */
export function referred(row: Given, known: References, before: Given | undefined): Given {
  const given: { [Field in Reference]?: string | null } = {};
  for (const field of fields) {
    const value = row[field];
    if (value === undefined) continue;
    const id = value === null ? null : fromNodeId(REFERENCES[field], value, field);
    given[field] = id;
    if (id === null) continue;
    const deactivated = known[REFERENCES[field]].get(id);
    if (deactivated === undefined)
      throw new RowFailure('NOT_FOUND', `There is no ${REFERENCES[field]} with this id.`, field);
    if (deactivated !== null && before?.[field] !== id) throw deactivatedOwner(deactivated);
  }
  return given;
}
