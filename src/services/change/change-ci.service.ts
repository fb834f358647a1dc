import { blocker } from '../../domain/blocker.js';
import { notFound, Refusal, RequestError } from '../../domain/errors.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { ChangeCi, type Change } from '../../entities/change/change.entity.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Most source and most target configuration items of one change or of one call. */
export const MAX_CIS = 500;

/** A configuration item of a change: which, and in which part. */
export type ChangeCiRow = Pick<ChangeCi, 'ciId' | 'role'>;

/** The configuration items of a change. */
export const changeCis = async (uow: UnitOfWork, changeId: string): Promise<ChangeCi[]> =>
  await uow.em.find(ChangeCi, { changeId }, { orderBy: { id: 'asc' } });

/**
 * The configuration items behind ids, which must exist and be in use.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED, Refusal CI_NOT_AUTHORISED for every retired one
 */
export async function usableCis(uow: UnitOfWork, ids: readonly string[], already = 0): Promise<ConfigurationItem[]> {
  if (ids.length + already > MAX_CIS)
    throw new RequestError('LIMIT_EXCEEDED', `At most ${MAX_CIS} configuration items in each part.`, { max: MAX_CIS });
  if (ids.length === 0) return [];
  const cis = await uow.em.find(ConfigurationItem, { id: { $in: [...ids] } }, { orderBy: { id: 'asc' } });
  if (cis.length !== new Set(ids).size) throw notFound('ConfigurationItem');
  const retired = cis.filter((ci) => ci.state === 'RETIRED');
  if (retired.length > 0) {
    throw new Refusal(
      retired.map((ci) =>
        blocker(
          'CI_NOT_AUTHORISED',
          `Configuration item ${ci.name} has been retired and cannot be used any more.`,
          ['CONFIGURATION_MANAGER'],
          {
            subject: { type: 'ConfigurationItem', id: ci.id },
          },
        ),
      ),
    );
  }
  return cis;
}

/** Adds configuration items to a change. @param present what it has already, of any role. @returns the new rows */
export async function addCis(
  uow: UnitOfWork,
  change: Change,
  role: CiRole,
  ids: readonly string[],
  present: readonly ChangeCiRow[],
): Promise<ChangeCiRow[]> {
  const cis = await usableCis(uow, [...new Set(ids)], present.filter((row) => row.role === role).length);
  return cis.map((ci) => uow.em.create(ChangeCi, { changeId: change.id, ciId: ci.id, role }));
}

/** Takes configuration items out of a change. */
export async function removeCis(uow: UnitOfWork, change: Change, role: CiRole, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await uow.em.nativeDelete(ChangeCi, { changeId: change.id, role, ciId: { $in: [...ids] } });
}
