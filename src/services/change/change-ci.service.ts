import { sql } from 'kysely';
import { collectBlockers } from '../../domain/blocker.js';
import {
  addedCisAreInUse,
  addedTargetsAreInService,
  type AddedCi,
  type ChangeEditField,
} from '../../domain/change/change-edit.js';
import { notFound, refuse, RequestError } from '../../domain/errors.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { ChangeCi } from '../../entities/change/change-ci.entity.js';
import { type Change } from '../../entities/change/change.entity.js';
import type { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Maximum number of source and of target configuration items of a change, and of one call. */
export const MAX_CIS = 500;

/** A configuration item of a change and its role. */
export type ChangeCiRow = Pick<ChangeCi, 'ciId' | 'role'>;

/** The configuration items of a change. */
export const changeCis = async (uow: UnitOfWork, changeId: string): Promise<ChangeCi[]> =>
  await uow.em.find(ChangeCi, { changeId }, { orderBy: { id: 'asc' } });

/** What the rules ask about an item that a command names. A command names up to 500, so no more of them is read. */
export type NamedCi = Pick<ConfigurationItem, 'id' | 'name' | 'state' | 'lifecycleState'>;

/**
 * The configuration items behind ids, in use or not.
 * @param already how many the object has in the same role, for the limit.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED
 */
export async function loadCis(uow: UnitOfWork, ids: readonly string[], already = 0): Promise<NamedCi[]> {
  if (ids.length + already > MAX_CIS)
    throw new RequestError('LIMIT_EXCEEDED', `Maximum ${MAX_CIS} configuration items per role.`, { max: MAX_CIS });
  if (ids.length === 0) return [];
  const cis = await uow.query<NamedCi>(sql`
    select id, name, state, lifecycle_state as "lifecycleState" from configuration_item
    where id = any(${ids}::uuid[]) order by id`);
  if (cis.length !== new Set(ids).size) throw notFound('ConfigurationItem');
  return cis;
}

/** Configuration items as the rules see them when a command adds them. @param field the input field that names them */
export const asAdded = (cis: readonly NamedCi[], role: CiRole, field: ChangeEditField): AddedCi[] =>
  cis.map(({ id, name, state, lifecycleState }) => ({
    id,
    name,
    isRetired: state === 'RETIRED',
    isDecommissionedTarget: role === 'TARGET' && lifecycleState === 'DECOMMISSIONED',
    field,
  }));

/**
 * The configuration items behind ids, which must exist and be in use, and as targets in service.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED, Refusal CI_NOT_AUTHORISED for every retired one, CI_DECOMMISSIONED
 *   for every target that was taken out of service
 */
export async function usableCis(
  uow: UnitOfWork,
  ids: readonly string[],
  role: CiRole,
  field: ChangeEditField = 'ciIds',
): Promise<NamedCi[]> {
  const cis = await loadCis(uow, ids);
  const addedCis = asAdded(cis, role, field);
  refuse(collectBlockers([addedCisAreInUse({ addedCis }), addedTargetsAreInService({ addedCis })]));
  return cis;
}

/** Adds configuration items that have been checked to a change. @returns the new rows */
export const addCis = (
  uow: UnitOfWork,
  change: Change,
  role: CiRole,
  cis: readonly Pick<NamedCi, 'id'>[],
): ChangeCiRow[] => cis.map((ci) => uow.em.create(ChangeCi, { changeId: change.id, ciId: ci.id, role }));

/** Removes configuration items from a change. */
export async function removeCis(uow: UnitOfWork, change: Change, role: CiRole, ids: readonly string[]): Promise<void> {
  for (const row of await uow.em.find(ChangeCi, { changeId: change.id, role, ciId: { $in: [...ids] } }))
    uow.em.remove(row);
}
