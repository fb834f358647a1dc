import { factsOf } from '../facts-of.js';
import { releaseFactsWithoutTargets } from '../../facts/release/release.facts.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import type { ReleaseCommand } from '../../domain/release/release.state.js';
import { demand } from '../transition.js';
import { sql } from 'kysely';
import { blocker, collectBlockers, type Blocker } from '../../domain/blocker.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { newId } from '../../database/new-id.js';
import { ENDED_DISTRIBUTION_STATES } from '../../domain/distribution/distribution.state.js';
import { refuse, Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { nothingLeavingIsDistributed } from '../../domain/release/release-scope.js';
import { Change } from '../../entities/change/change.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { ReleaseChange } from '../../entities/release/release-change.entity.js';
import { ReleaseCi } from '../../entities/release/release-ci.entity.js';
import { changeCis } from '../change/change-ci.service.js';
import { enterSlot, undateChanges } from './release-slot.service.js';
import { endMembership, moveChanges, named } from '../change/change-progress.service.js';
import { lock, lockForCommand } from '../load.js';
import { releaseUnschedule } from './release-command.service.js';
import { followScope } from './release-skips.service.js';
import { settleRelease } from '../schedule/schedule-conflict.service.js';
import { lockSchedule } from '../schedule/schedule-lock.js';
import { requiredReason } from '../text.js';
import { touch } from '../touch.js';
import { type UnitOfWork } from '../unit-of-work.js';
import { constraintOf } from '../../database/database-error.js';
import { ScheduleEntry } from '../../entities/schedule/schedule-entry.entity.js';

// Rows are always locked in this order: release, change, request. Who knows only the change looks up its release first.

/** Locks a change together with the live release it belongs to, if any. @throws RequestError NOT_FOUND | CONFLICT */
export async function lockWithLiveRelease(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null },
): Promise<{ change: Change; release: Release | null }> {
  const id = fromNodeId('Change', input.id, 'id');
  const liveReleaseId = async () =>
    (
      await uow.query<{ release_id: string }>(
        sql`select release_id from release_change where change_id = ${id} and live`,
      )
    )[0]?.release_id;
  const before = await liveReleaseId();
  let release = before === undefined ? null : await lock(uow, Release, 'Release', before);
  const change = await lockForCommand(uow, Change, 'Change', input);
  const now = await liveReleaseId();
  // It moved between the two looks. Locking in the other order may end in a deadlock, which PostgreSQL resolves and the
  // unit of work repeats.
  if (now !== before) release = now === undefined ? null : await lock(uow, Release, 'Release', now);
  return { change, release };
}

/**
 * Asks whether the scope of a release can change in this way now.
 * @param itemBlockers what forbids it for the items that the command names.
 * @throws Refusal with these and with what the rules of the release say.
 */
export async function demandScope(
  uow: UnitOfWork,
  release: Release,
  command: Extract<ReleaseCommand, `release${'Add' | 'Remove'}${'Ci' | 'Content' | 'Change'}`>,
  agreeToReplan: boolean | null | undefined,
  itemBlockers: readonly Blocker[] = [],
): Promise<void> {
  const facts = await factsOf(uow, releaseFactsWithoutTargets, 'Release', release);
  demand(releaseMachine, release, command, { ...facts, replanningAgreed: agreeToReplan ?? false, itemBlockers });
}

/**
 * Takes a communicated release out of the schedule, because its scope is no longer the one communicated. Does nothing
 * to a release in an earlier state.
 */
export async function replanIfCommunicated(uow: UnitOfWork, release: Release, reason: string): Promise<void> {
  if (release.state === 'COMMUNICATED') await releaseUnschedule(uow, { id: toNodeId('Release', release.id), reason });
}

/**
 * Changes the scope of a release. Afterwards its version grows, its plan follows its targets, and when it is booked
 * everybody concerned hears of conflicts that came or went. A release that is past planning and has lost its last
 * target keeps its plan until it has targets again. All rows must be locked before.
 * @param change makes the change itself.
 * @throws Refusal RELEASE_NOT_OPEN_FOR_SCOPE when a target asks for a step that the release has left out and passed
 */
export async function changeScope<T>(uow: UnitOfWork, release: Release, change: () => Promise<T> | T): Promise<T> {
  const entry = await uow.em.findOne(ScheduleEntry, { kind: 'RELEASE', releaseId: release.id, live: true });
  if (entry) await lockSchedule(uow);
  const result = await change();
  touch(release);
  const [target] = await uow.query(
    sql`select 1 from release_ci where release_id = ${release.id} and role = 'TARGET' limit 1`,
  );
  if (target !== undefined || release.state === 'DRAFT' || release.state === 'PLANNING')
    await followScope(uow, release);
  if (entry) await settleRelease(uow, release.id, { type: 'ScheduleEntry', subject: entry });
  return result;
}

/**
 * Puts a change into a release together with its source and target configuration items, each with the change as
 * provenance. In a booked release it gets its dates from the slot. Both rows must be locked. Whether it may is decided
 * by the caller; that a change has one live release at most is made sure here.
 * @throws Refusal CHANGE_IN_OTHER_RELEASE when another unit of work was faster
 */
export async function addChangeToRelease(uow: UnitOfWork, release: Release, change: Change): Promise<void> {
  uow.em.create(ReleaseChange, { releaseId: release.id, changeId: change.id, addedById: uow.actorId });
  try {
    await uow.em.flush();
  } catch (error) {
    if (constraintOf(error) !== 'release_change_one_live_release') throw error;
    throw new Refusal([
      blocker(
        'CHANGE_IN_OTHER_RELEASE',
        `Change ${change.number} has just been added to a release by somebody else.`,
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          subject: { type: 'Change', id: change.id },
        },
      ),
    ]);
  }
  const cis = await changeScope(uow, release, async () => {
    const found = await changeCis(uow, change.id);
    await insertCis(uow, release, found, change.id);
    return found;
  });
  uow.record({
    type: 'release.change-added',
    subjectType: 'Release',
    subject: release,
    topics: [change.id, ...cis.map(({ ciId }) => ciId)],
    data: {
      ...named(change),
      sources: cis.filter(({ role }) => role === 'SOURCE').length,
      targets: cis.filter(({ role }) => role === 'TARGET').length,
    },
  });
  await enterSlot(uow, release, change);
}

/**
 * Takes a change out of a release, and with it the configuration items that nobody else contributed. Both rows must be
 * locked.
 * @throws Refusal CI_IN_USE while a distribution that is not over has one of them as target
 */
export async function leaveRelease(uow: UnitOfWork, release: Release, change: Change, reason: string): Promise<void> {
  refuse(await leavingBlockers(uow, release, change));
  const gone = await changeScope(uow, release, async () => {
    await undateChanges(uow, release, [change]);
    if (change.state === 'SCHEDULED') await moveChanges(uow, release, [change], 'changeUnschedule', reason);
    await endMembership(uow, release, [change.id]);
    return await removeCis(uow, sql`release_id = ${release.id} and via_change_id = ${change.id}`);
  });
  uow.record({
    type: 'release.change-removed',
    subjectType: 'Release',
    subject: release,
    topics: [change.id, ...gone.map((row) => row.ciId)],
    reason,
    data: { ...named(change), contributions: gone.length },
  });
}

/**
 * Adds contributions to the scope of a release, in one statement for any number of them. The caller has checked that
 * none of them is there.
 * @param viaChangeId the change that contributes them; null for a person.
 */
export async function insertCis(
  uow: UnitOfWork,
  release: Release,
  cis: readonly { readonly ciId: string; readonly role: CiRole }[],
  viaChangeId: string | null,
): Promise<void> {
  if (cis.length === 0) return;
  const addedById = uow.actorId;
  const rows = cis.map(({ ciId, role }) => ({ id: newId(), ciId, role }));
  await uow.query(sql`
    insert into release_ci (id, release_id, ci_id, role, via_change_id, added_by_id, created_at)
    select v.id, ${release.id}, v."ciId", v.role, ${viaChangeId}, ${addedById}, ${uow.now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v(id uuid, "ciId" uuid, role text)`);
  uow.wrote(
    ReleaseCi,
    rows.map(({ id, ...row }) => ({
      id,
      before: null,
      after: { ...row, releaseId: release.id, viaChangeId, addedById },
    })),
  );
}

/** Removes contributions to the scope of releases. @param which condition on `release_ci` @returns what was removed */
export async function removeCis(uow: UnitOfWork, which: ReturnType<typeof sql>): Promise<{ readonly ciId: string }[]> {
  const rows = await uow.query<{ id: string; ciId: string }>(sql`
    delete from release_ci where ${which}
    returning id, release_id as "releaseId", ci_id as "ciId", role, via_change_id as "viaChangeId",
      added_by_id as "addedById"`);
  uow.wrote(
    ReleaseCi,
    rows.map((row) => ({ id: row.id, before: row, after: null })),
  );
  return rows;
}

async function leavingBlockers(uow: UnitOfWork, release: Release, change: Change): Promise<Blocker[]> {
  return await distributedBlockers(
    uow,
    release,
    sql`s.via_change_id = ${change.id}`,
    sql`o.via_change_id is distinct from ${change.id}`,
  );
}

/**
 * Distributions in the way of contributions that shall leave.
 * @param leaving condition on the contributions `s` that go.
 * @param staying condition on the contributions `o` that stay.
 */
export async function distributedBlockers(
  uow: UnitOfWork,
  release: Release,
  leaving: ReturnType<typeof sql>,
  staying: ReturnType<typeof sql>,
): Promise<Blocker[]> {
  const rows = await uow.query<{ ci_id: string; ci: string; distribution_id: string; distribution: string }>(sql`
    select distinct ci.id as ci_id, ci.name as ci, d.id as distribution_id, d.number as distribution
    from release_ci s
    join configuration_item ci on ci.id = s.ci_id
    join target_execution e on e.ci_id = s.ci_id
    join distribution d on d.id = e.distribution_id and d.release_id = s.release_id
    where s.release_id = ${release.id} and s.role = 'TARGET' and ${leaving}
      and d.state <> all(${[...ENDED_DISTRIBUTION_STATES]}::text[])
      and not exists (select 1 from release_ci o where o.release_id = s.release_id and o.role = 'TARGET'
        and o.ci_id = s.ci_id and ${staying})
    order by ci.name, ci.id`);
  return collectBlockers([
    nothingLeavingIsDistributed({
      leavingInDistribution: rows.map((row) => ({
        ci: { id: row.ci_id, name: row.ci },
        distribution: { id: row.distribution_id, name: row.distribution },
      })),
    }),
  ]);
}

/** Which change is to leave a release. */
export interface RemoveChangeInput {
  /** The release. */
  readonly id: string;
  readonly changeId: string;
  readonly reason: string;
  readonly agreeToReplan?: boolean | null;
  readonly expectedVersion?: number | null;
}

/** Takes a change out of a release that has not begun to be distributed. */
export async function releaseRemoveChange(uow: UnitOfWork, input: RemoveChangeInput): Promise<Release> {
  const reason = requiredReason(input.reason);
  const release = await lockForCommand(uow, Release, 'Release', input);
  const change = await lock(uow, Change, 'Change', fromNodeId('Change', input.changeId, 'changeId'));
  const [member] = await uow.query(
    sql`select 1 from release_change where release_id = ${release.id} and change_id = ${change.id} and live`,
  );
  if (member === undefined)
    throw new RequestError('NOT_FOUND', `Change ${change.number} does not belong to release ${release.number}.`, {
      field: 'changeId',
    });
  await demandScope(
    uow,
    release,
    'releaseRemoveChange',
    input.agreeToReplan,
    await leavingBlockers(uow, release, change),
  );
  await leaveRelease(uow, release, change, reason);
  await replanIfCommunicated(uow, release, reason);
  return release;
}
