import { sql } from 'kysely';
import { changeMachine, type ChangeState } from '../../domain/change/change.machine.js';
import { changeOutcome } from '../../domain/distribution/delivery.js';
import { toNodeId } from '../../domain/node-id.js';
import { Change } from '../../entities/change/change.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { ReleaseChange } from '../../entities/release/release-change.entity.js';
import { changeFacts } from '../../facts/change/change.facts.js';
import { changeDeliveries } from '../../facts/distribution/delivery.facts.js';
import { lockMany } from '../load.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'Change' as const;

/** The changes that belong to a release now, locked. Lock the release first: the order is release, change, request. */
export async function liveChanges(uow: UnitOfWork, release: { readonly id: string }): Promise<Change[]> {
  const rows = await uow.query<{ change_id: string }>(
    sql`select change_id from release_change where release_id = ${release.id} and live`,
  );
  return await lockMany(
    uow,
    Change,
    TYPE,
    rows.map((row) => row.change_id),
  );
}

/** Moves changes along with their release, with a command that only the server issues. */
export async function moveChanges(
  uow: UnitOfWork,
  release: Release,
  changes: readonly Change[],
  verb: 'changeSchedule' | 'changeUnschedule' | 'changeStart',
  reason?: string,
): Promise<void> {
  if (changes.length === 0) return;
  const type = {
    changeSchedule: 'change.scheduled',
    changeUnschedule: 'change.unscheduled',
    changeStart: 'change.started',
  }[verb];
  const facts = await changeFacts(
    uow,
    uow.actor,
    changes.map(({ id }) => id),
  );
  for (const change of changes) {
    const known = facts.get(change.id);
    if (known === undefined) continue;
    transition(uow, changeMachine, change, verb, known, {
      type,
      subjectType: TYPE,
      topics: [release.id],
      reason,
      data: { releaseId: toNodeId('Release', release.id), release: release.number },
    });
  }
}

const inState =
  (...states: ChangeState[]) =>
  (change: Change) =>
    states.includes(change.state);

/** Schedules the changes of a release. Call it after the release was scheduled, in the same unit of work. */
export async function changesScheduled(uow: UnitOfWork, release: Release): Promise<void> {
  await moveChanges(uow, release, (await liveChanges(uow, release)).filter(inState('AUTHORISED')), 'changeSchedule');
}

/** Unschedules the changes of a release. Call it after the release was unscheduled, in the same unit of work. */
export async function changesUnscheduled(uow: UnitOfWork, release: Release): Promise<void> {
  await moveChanges(uow, release, (await liveChanges(uow, release)).filter(inState('SCHEDULED')), 'changeUnschedule');
}

/**
 * Starts the changes of a release that is distributed, for the first time or again. Call it after the release became
 * DISTRIBUTING. Changes that were successful in an earlier attempt stay unchanged; their outcome is derived again when
 * this attempt ends.
 */
export async function changesStarted(uow: UnitOfWork, release: Release): Promise<void> {
  const changes = (await liveChanges(uow, release)).filter(
    (change) =>
      inState('AUTHORISED', 'SCHEDULED')(change) ||
      (inState('IMPLEMENTED', 'IN_REVIEW')(change) && change.outcome !== 'SUCCESSFUL'),
  );
  await moveChanges(uow, release, changes, 'changeStart');
  for (const change of changes) {
    change.outcome = null;
    change.implementedAt = null;
  }
}

/**
 * Starts the changes of a release again that were successful and name a target which is worked on once more: work on a
 * protected target always has a change in progress. Call it after {@link changesStarted}.
 * @param ciIds database ids of the configuration items
 */
export async function changesTouched(uow: UnitOfWork, release: Release, ciIds: readonly string[]): Promise<void> {
  const done = (await liveChanges(uow, release)).filter(inState('IMPLEMENTED', 'IN_REVIEW'));
  if (done.length === 0) return;
  const rows = await uow.query<{ id: string }>(sql`
    select distinct change_id as id from change_ci
    where change_id = any(${done.map(({ id }) => id)}::uuid[]) and role = 'TARGET' and ci_id = any(${ciIds}::uuid[])`);
  const touched = new Set(rows.map(({ id }) => id));
  const changes = done.filter(({ id }) => touched.has(id));
  await moveChanges(uow, release, changes, 'changeStart');
  for (const change of changes) {
    change.outcome = null;
    change.implementedAt = null;
  }
}

/**
 * Derives the outcome of each change of a release from the targets of the change, once the release has an outcome.
 * Changes in progress become IMPLEMENTED. A change whose outcome differs from what is observed now, after another
 * attempt, a late report or a back-out, gets the new outcome; a closed one stays CLOSED. Call it after the release got
 * its outcome, in the same unit of work.
 */
export async function changeOutcomesFromDistributions(uow: UnitOfWork, release: Release): Promise<void> {
  const changes = (await liveChanges(uow, release)).filter(
    inState('AUTHORISED', 'SCHEDULED', 'IN_PROGRESS', 'IMPLEMENTED', 'IN_REVIEW', 'CLOSED'),
  );
  if (changes.length === 0) return;
  const ids = changes.map(({ id }) => id);
  const deliveries = await changeDeliveries(uow, release.id, ids);
  const facts = await changeFacts(uow, uow.actor, ids);
  for (const change of changes) {
    const delivery = deliveries.get(change.id);
    const known = facts.get(change.id);
    if (known === undefined || delivery === undefined) continue;
    const outcome = changeOutcome(delivery);
    if (change.outcome === outcome) continue;
    const about = {
      subjectType: TYPE,
      topics: [release.id],
      reason: `Release ${release.number} is ${release.state}.`,
      data: {
        outcome,
        before: change.outcome,
        cells: delivery.cells,
        delivered: delivery.done,
        releaseId: toNodeId('Release', release.id),
        release: release.number,
      },
    };
    if (inState('IMPLEMENTED', 'IN_REVIEW', 'CLOSED')(change))
      uow.record({ ...about, type: 'change.outcome-revised', subject: change });
    else
      transition(
        uow,
        changeMachine,
        change,
        'changeImplement',
        { ...known, outcome },
        { ...about, type: 'change.implemented' },
      );
    change.outcome = outcome;
    if (change.state !== 'CLOSED') change.implementedAt = uow.now;
  }
}

/** A change in the data of events. */
export const named = (change: Change) => ({
  changeId: toNodeId('Change', change.id),
  change: change.number,
  title: change.title,
});

/** Ends the membership of changes in a release. The rows stay as history. */
export async function endMembership(uow: UnitOfWork, release: Release, changeIds: readonly string[]): Promise<void> {
  const rows = await uow.query<{ id: string; changeId: string; addedById: string }>(sql`
    update release_change
    set live = false, left_at = ${uow.now}
    where release_id = ${release.id} and change_id = any(${changeIds}::uuid[]) and live
    returning id, change_id as "changeId", added_by_id as "addedById"`);
  uow.wrote(
    ReleaseChange,
    rows.map(({ id, ...row }) => ({
      id,
      before: { ...row, releaseId: release.id, live: true, leftAt: null },
      after: { ...row, releaseId: release.id, live: false, leftAt: uow.now },
    })),
  );
}

/**
 * Frees the changes of a cancelled release: they are AUTHORISED again and can join another one. The release keeps its
 * configuration items, and the memberships as history. Call it after the release became CANCELLED, in the same unit of
 * work.
 */
export async function freeChanges(uow: UnitOfWork, release: Release, reason: string): Promise<void> {
  const changes = await liveChanges(uow, release);
  if (changes.length === 0) return;
  await moveChanges(
    uow,
    release,
    changes.filter(({ state }) => state === 'SCHEDULED'),
    'changeUnschedule',
    reason,
  );
  await endMembership(
    uow,
    release,
    changes.map(({ id }) => id),
  );
  for (const change of changes)
    uow.record({
      type: 'release.change-removed',
      subjectType: 'Release',
      subject: release,
      topics: [change.id],
      reason,
      data: named(change),
    });
}
