import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { Person } from '../../entities/people/person.entity.js';
import { Team } from '../../entities/people/team.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { recordConflictChanges, settleRelease } from './schedule-conflict.service.js';
import { lockSchedule } from './schedule-lock.js';
import { settlePeople, settleTeams, sinceWhen } from './schedule-settle.service.js';

/** Releases, people and teams whose kept conflicts have to be found again, oldest note first. */
export interface Stale {
  readonly releaseIds: readonly string[];
  readonly personIds: readonly string[];
  readonly teamIds: readonly string[];
}

/** Lists something when triggers of the database have noted what nobody has settled yet. */
export const staleNotes = () => sql`select from schedule_stale`;

/** What triggers of the database have noted and nobody has settled yet. @param atMost of each kind */
export async function readStale(db: Queryable, atMost: number): Promise<Stale> {
  const rows = await db.query<{ release: string | null; person: string | null; team: string | null }>(sql`
    (select release_id as release, null::uuid as person, null::uuid as team from schedule_stale
      where release_id is not null
      group by 1 order by min(id) limit ${atMost})
    union all
    (select null, person_id, null from schedule_stale where person_id is not null group by 2 order by min(id)
      limit ${atMost})
    union all
    (select null, null, team_id from schedule_stale where team_id is not null group by 3 order by min(id)
      limit ${atMost})`);
  return {
    releaseIds: rows.flatMap(({ release }) => release ?? []),
    personIds: rows.flatMap(({ person }) => person ?? []),
    teamIds: rows.flatMap(({ team }) => team ?? []),
  };
}

/** Takes the notes about something under the lock of the schedule. @returns false when another process was faster */
async function takeNotes(
  uow: UnitOfWork,
  column: 'release_id' | 'person_id' | 'team_id',
  id: string,
): Promise<boolean> {
  await lockSchedule(uow);
  const taken = await uow.query(sql`delete from schedule_stale where ${sql.ref(column)} = ${id}::uuid returning id`);
  return taken.length > 0;
}

/** Settles a release that was noted; its followers hear of conflicts that came or went. */
export async function settleStaleRelease(uow: UnitOfWork, releaseId: string): Promise<void> {
  if (!(await takeNotes(uow, 'release_id', releaseId))) return;
  const release = await uow.em.findOne(Release, { id: releaseId });
  if (release !== null) await settleRelease(uow, releaseId, { type: 'Release', subject: release }, 'TOO_MUCH');
}

/** Settles a person who was noted. Their teams are noted: each is settled once, however many members were noted. */
export async function settleStalePerson(uow: UnitOfWork, personId: string): Promise<void> {
  if (!(await takeNotes(uow, 'person_id', personId))) return;
  await uow.query(sql`
    insert into schedule_stale (team_id)
    select m.team_id from team_member m join team t on t.id = m.team_id
    where m.person_id = ${personId}::uuid and t.max_tasks_at_once is not null`);
  const person = await uow.em.findOne(Person, { id: personId });
  const change = await settlePeople(uow, [personId]);
  if (person !== null) await recordConflictChanges(uow, { type: 'Person', subject: person }, change);
}

/** Settles a team that was noted. */
export async function settleStaleTeam(uow: UnitOfWork, teamId: string): Promise<void> {
  if (!(await takeNotes(uow, 'team_id', teamId))) return;
  const team = await uow.em.findOne(Team, { id: teamId });
  const change = await settleTeams(uow, [teamId]);
  if (team !== null) await recordConflictChanges(uow, { type: 'Team', subject: team }, change);
}

/** Forgets what work touched that is history by now. Its conflicts stay as they were. */
export async function forgetReach(uow: UnitOfWork): Promise<void> {
  await uow.query(sql`
    with past as (
      update schedule_work set reach_digest = '' where ends_at <= ${sinceWhen(uow)} and reach_digest is distinct from ''
      returning id)
    delete from schedule_reach r using past where r.work_id = past.id`);
}
