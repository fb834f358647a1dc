import { sql } from 'kysely';
import { clashesOf, overloads, type FoundConflict } from '../../facts/schedule/clash.facts.js';
import { readWorkOf, type Unkept } from '../../facts/schedule/conflict-entry.facts.js';
import { dependencyConflicts } from '../../facts/schedule/dependency-conflict.facts.js';
import { conflictsOnlyIn, identityOf, keptConflicts, replaceKept } from '../../facts/schedule/kept-conflict.facts.js';
import { keepWork } from '../../facts/schedule/kept-work.facts.js';
import { standingConflicts } from '../../facts/schedule/standing-conflict.facts.js';
import { teamOverloads } from '../../facts/schedule/team-overload.facts.js';
import { inTurns } from '../../facts/turns.js';
import { ImpactReader } from '../../facts/cmdb/impact-reader.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { lockSchedule } from './schedule-lock.js';

/** How long work that has ended is looked at again when something changes, in days. Then it is history. */
export const HISTORY_DAYS = 7;

/** Conflicts before and after something changed. */
export interface ConflictChange {
  readonly before: readonly FoundConflict[];
  readonly after: readonly FoundConflict[];
}

/** The instant before which work is history. */
export const sinceWhen = (uow: UnitOfWork): Date => new Date(uow.now.getTime() - HISTORY_DAYS * 86_400_000);

/** Keeps the conflicts that were found in place of those that were kept. What is the same is not written again. */
export async function keepConflicts(uow: UnitOfWork, { before, after }: ConflictChange): Promise<void> {
  await replaceKept(
    uow,
    await inTurns(conflictsOnlyIn(before, after, identityOf)),
    await inTurns(conflictsOnlyIn(after, before, identityOf)),
  );
}

/**
 * Finds the conflicts of some releases again, after something changed on which they depend, and keeps them: what they
 * occupy, what that touches and what clashes. Triggers of the database noted these releases.
 * @param unkept TOO_MUCH for one of many noted releases that are settled one after the other
 */
export async function settleReleases(
  uow: UnitOfWork,
  releaseIds: readonly string[],
  unkept: Unkept = 'ALL',
): Promise<ConflictChange> {
  await lockSchedule(uow);
  // First, so that whatever is noted from now on is looked at again.
  await uow.query(sql`delete from schedule_stale where release_id = any(${[...releaseIds]}::uuid[])`);
  const since = sinceWhen(uow);
  const before = await keptConflicts(uow, { releaseIds }, since);
  const entries = await readWorkOf(uow, releaseIds);
  const recent = entries.filter(({ endsAt }) => endsAt > since);
  const impact = new ImpactReader(uow);
  const graph = await impact.graph(recent.flatMap(({ ciIds }) => ciIds));
  await keepWork(uow, releaseIds, entries, graph, since);
  const standing = await standingConflicts(uow, entries);
  const order = await dependencyConflicts(uow, entries);
  const found = [...(await clashesOf(uow, recent, { impact, unkept })), ...[...standing.values()].flat(), ...order];
  const after = found.filter(({ interval }) => interval.endsAt > since);
  await keepConflicts(uow, { before, after });
  return { before, after };
}

/** Finds out again which of their tasks some people have at the same time, like {@link settleReleases}. */
export async function settlePeople(uow: UnitOfWork, personIds: readonly string[]): Promise<ConflictChange> {
  await lockSchedule(uow);
  await uow.query(sql`delete from schedule_stale where person_id = any(${[...personIds]}::uuid[])`);
  const since = sinceWhen(uow);
  const before = await keptConflicts(uow, { personIds }, since);
  const after = (await overloads(uow, personIds)).filter(({ interval }) => interval.endsAt > since);
  await keepConflicts(uow, { before, after });
  return { before, after };
}

/** Finds out again where the members of some teams have too many tasks at once, like {@link settleReleases}. */
export async function settleTeams(uow: UnitOfWork, teamIds: readonly string[]): Promise<ConflictChange> {
  await lockSchedule(uow);
  await uow.query(sql`delete from schedule_stale where team_id = any(${[...teamIds]}::uuid[])`);
  const since = sinceWhen(uow);
  const before = await keptConflicts(uow, { teamIds }, since);
  const after = (await teamOverloads(uow, teamIds)).filter(({ interval }) => interval.endsAt > since);
  await keepConflicts(uow, { before, after });
  return { before, after };
}
