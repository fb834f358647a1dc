import { sql } from 'kysely';
import type { NamedRef } from '../../domain/blocker.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { dependencyCycle, MAX_PREDECESSORS, predecessorIsOver } from '../../domain/release/release-dependency.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import { ReleaseDependency } from '../../entities/release/release-dependency.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { releaseFactsWithoutTargets } from '../../facts/release/release.facts.js';
import { factsOf } from '../facts-of.js';
import { expectVersion, lockMany } from '../load.js';
import { settleRelease } from '../schedule/schedule-conflict.service.js';
import { lockSchedule } from '../schedule/schedule-lock.js';
import { optionalReason, requiredReason } from '../text.js';
import { touch } from '../touch.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** A release, and another one that it depends on. */
export interface DependencyInput {
  /** The release that waits. */
  readonly id: string;
  /** The release that comes first. */
  readonly predecessorId: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/**
 * Locks a release and the one that it waits for, in the order of ids: of two people who add opposite dependencies at
 * the same moment, the second one sees the first.
 * @throws RequestError NOT_FOUND, CONFLICT, BAD_USER_INPUT
 */
async function lockBoth(uow: UnitOfWork, input: DependencyInput): Promise<{ release: Release; predecessor: Release }> {
  const id = fromNodeId('Release', input.id, 'id');
  const predecessorId = fromNodeId('Release', input.predecessorId, 'predecessorId');
  const known = await uow.query<{ id: string }>(
    sql`select id from release where id = any(${[id, predecessorId]}::uuid[])`,
  );
  const field = known.some((row) => row.id === id) ? 'predecessorId' : 'id';
  if (known.length < new Set([id, predecessorId]).size) throw notFound('Release', field);
  const rows = await lockMany(uow, Release, 'Release', [id, predecessorId]);
  const [release, predecessor] = [id, predecessorId].map((one) => rows.find((row) => row.id === one) as Release);
  expectVersion(release as Release, input.expectedVersion);
  await lockSchedule(uow);
  return { release: release as Release, predecessor: predecessor as Release };
}

/**
 * The shortest way along dependencies from one release to another one, both included; undefined if there is none. The
 * walk passes each release once: `union` forgets what it has seen.
 */
async function wayBetween(uow: UnitOfWork, from: string, to: string): Promise<NamedRef[] | undefined> {
  if (from === to) return await named(uow, [from]);
  const links = await uow.query<{ release: string; predecessor: string }>(sql`
    with recursive ahead(id) as (
      select ${from}::uuid
      union
      select d.predecessor_id from ahead a join release_dependency d on d.release_id = a.id)
    select d.release_id as release, d.predecessor_id as predecessor
    from ahead a join release_dependency d on d.release_id = a.id
    order by d.id`);
  const after = new Map<string, string[]>();
  for (const { release, predecessor } of links) after.set(release, [...(after.get(release) ?? []), predecessor]);
  const via = new Map<string, string | null>([[from, null]]);
  // A map is walked in the order in which it grows, so the first way found is a shortest one.
  for (const id of via.keys()) for (const next of after.get(id) ?? []) if (!via.has(next)) via.set(next, id);
  if (!via.has(to)) return undefined;
  const way: string[] = [];
  for (let at: string | null | undefined = to; at != null; at = via.get(at)) way.unshift(at);
  return await named(uow, way);
}

async function named(uow: UnitOfWork, ids: readonly string[]): Promise<NamedRef[]> {
  return await uow.query<NamedRef>(sql`
    select r.id, r.number as name from unnest(${[...ids]}::uuid[]) with ordinality as w(id, n)
    join release r on r.id = w.id order by w.n`);
}

async function record(
  uow: UnitOfWork,
  release: Release,
  predecessor: Release,
  { type, reason }: { readonly type: string; readonly reason: string | null },
): Promise<void> {
  touch(release);
  await uow.em.flush();
  uow.record({
    type,
    subjectType: 'Release',
    subject: release,
    topics: [predecessor.id],
    reason,
    data: { predecessor: predecessor.number },
  });
  await settleRelease(uow, release.id, { type: 'Release', subject: release });
}

/**
 * Lets a release depend on another one: its distribution does not start before that one is deployed. Adding the same
 * again changes nothing. Conflicts that follow in the schedule have an event, and refuse nothing here.
 * @throws Refusal DEPENDENCY_CYCLE with the path, RELEASE_PREDECESSOR for a release that will never be deployed;
 *   RequestError NOT_FOUND, LIMIT_EXCEEDED
 */
export async function releaseAddDependency(uow: UnitOfWork, input: DependencyInput): Promise<Release> {
  const reason = optionalReason(input.reason);
  const { release, predecessor } = await lockBoth(uow, input);
  const way = await wayBetween(uow, predecessor.id, release.id);
  const known = await uow.em.find(ReleaseDependency, { releaseId: release.id });
  const facts = await factsOf(uow, releaseFactsWithoutTargets, 'Release', release);
  demand(releaseMachine, release, 'releaseAddDependency', {
    ...facts,
    itemBlockers: [
      ...dependencyCycle({ id: release.id, name: release.number }, way),
      ...predecessorIsOver({
        id: predecessor.id,
        name: predecessor.number,
        state: predecessor.state,
        isDeployed: predecessor.deployedAt != null,
      }),
    ],
  });
  if (known.some(({ predecessorId }) => predecessorId === predecessor.id)) return release;
  if (known.length >= MAX_PREDECESSORS)
    throw new RequestError('LIMIT_EXCEEDED', `A release depends on at most ${MAX_PREDECESSORS} others.`, {
      field: 'predecessorId',
      max: MAX_PREDECESSORS,
    });
  uow.em.create(ReleaseDependency, {
    releaseId: release.id,
    predecessorId: predecessor.id,
    addedById: uow.actorId,
  });
  await record(uow, release, predecessor, { type: 'release.dependency-added', reason });
  return release;
}

/**
 * Takes back that a release depends on another one.
 * @throws RequestError NOT_FOUND when it does not
 */
export async function releaseRemoveDependency(
  uow: UnitOfWork,
  input: DependencyInput & { readonly reason: string },
): Promise<Release> {
  const reason = requiredReason(input.reason);
  const { release, predecessor } = await lockBoth(uow, input);
  const known = await uow.em.findOne(ReleaseDependency, { releaseId: release.id, predecessorId: predecessor.id });
  if (known === null)
    throw new RequestError('NOT_FOUND', `Release ${release.number} does not depend on ${predecessor.number}.`, {
      field: 'predecessorId',
    });
  const facts = await factsOf(uow, releaseFactsWithoutTargets, 'Release', release);
  demand(releaseMachine, release, 'releaseRemoveDependency', facts);
  uow.em.remove(known);
  await record(uow, release, predecessor, { type: 'release.dependency-removed', reason });
  return release;
}
