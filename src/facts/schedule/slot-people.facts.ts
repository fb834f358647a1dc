import { RequestError } from '../../domain/errors.js';
import type { NamedRef } from '../../domain/blocker.js';
import { timesWithoutCapacity } from '../../domain/people/capacity.js';
import { timesOff } from '../../domain/people/working-calendar.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { intervalText, type Interval } from '../../domain/schedule/interval.js';
import { closedRule, type SlotRule } from '../../domain/schedule/slot-rule.js';
import type { Steps } from '../../domain/steps.js';
import type { Queryable } from '../../database/queryable.js';
import { availabilities, teamCapacities, type Availability, type TeamCapacity } from '../people/availability.facts.js';
import { inTurns } from '../turns.js';
import { readTasksOf } from './conflict-entry.facts.js';

/** Most members of the teams of one question. */
export const MAX_TEAM_MEMBERS = 500;

/** Work that needs people in a span. */
export interface PeopleNeeded {
  readonly span: Interval;
  /** How long the work lasts, in milliseconds. */
  readonly length: number;
  readonly personIds: readonly string[];
  readonly teamIds: readonly string[];
  /** A release whose own tasks do not stand in the way. */
  readonly releaseId: string | null;
}

/** Rules about people: those that last, and single tasks and absences. */
export interface PeopleRules {
  readonly lasting: readonly SlotRule[];
  readonly single: readonly SlotRule[];
}

const stretch = ({ startsAt, endsAt }: Interval): Interval => ({ startsAt, endsAt });

function* rulesOfPerson(
  person: NamedRef,
  { calendars, absences }: Availability,
  tasks: readonly ConflictEntry[],
  { span, length }: PeopleNeeded,
): Steps<PeopleRules> {
  yield;
  const [calendar] = calendars;
  const hours =
    calendar === undefined
      ? []
      : [
          closedRule(
            {
              kind: 'PERSON_NOT_WORKING',
              message: `${person.name} works in the hours of "${calendar.name}".`,
              interval: null,
              person,
            },
            timesOff(calendars, span),
            length,
          ),
        ];
  yield;
  const away = absences.map((absence) =>
    closedRule(
      {
        kind: 'PERSON_ABSENT',
        message: `${person.name} is absent from ${intervalText(absence)}.`,
        interval: absence,
        person,
      },
      [absence],
      length,
    ),
  );
  const busy = tasks.map((task) =>
    closedRule(
      {
        kind: 'PERSON_BUSY',
        message: `${person.name} is busy with "${task.name}" from ${intervalText(task)}.`,
        interval: stretch(task),
        person,
        work: { entryId: null, ...task.work, name: task.name },
      },
      [task],
      length,
    ),
  );
  return { lasting: hours, single: [...away, ...busy] };
}

interface Known {
  readonly people: ReadonlyMap<string, Availability>;
  readonly tasks: ReadonlyMap<string, readonly ConflictEntry[]>;
}

function* ruleOfTeam(team: TeamCapacity, { people, tasks }: Known, { span, length }: PeopleNeeded): Steps<SlotRule> {
  const unavailable: Interval[][] = [];
  for (const id of team.memberIds) {
    yield;
    const { calendars = [], absences = [] } = people.get(id) ?? {};
    unavailable.push([...timesOff(calendars, span), ...absences, ...(tasks.get(id) ?? [])]);
  }
  const { name, maxTasksAtOnce, memberIds } = team;
  const limit = maxTasksAtOnce === null ? '' : ` It has at most ${maxTasksAtOnce} tasks at once.`;
  const own = memberIds.flatMap((id) => tasks.get(id) ?? []);
  return closedRule(
    {
      kind: 'TEAM_WITHOUT_CAPACITY',
      message: `Nobody of team "${name}" is free.${limit}`,
      interval: null,
      team: { id: team.id, name },
    },
    timesWithoutCapacity({ maxTasksAtOnce, tasks: own, unavailable }, span),
    length,
  );
}

/**
 * The rules that people and teams make. The number of statements does not depend on the data.
 * @throws RequestError LIMIT_EXCEEDED for teams with too many members
 */
export async function peopleRules(db: Queryable, needed: PeopleNeeded): Promise<PeopleRules> {
  const { span, personIds, teamIds, releaseId } = needed;
  if (personIds.length + teamIds.length === 0) return { lasting: [], single: [] };
  const teams = await teamCapacities(db, teamIds);
  const everybody = [...new Set([...personIds, ...teams.flatMap(({ memberIds }) => memberIds)])];
  if (everybody.length > MAX_TEAM_MEMBERS + personIds.length)
    throw new RequestError('LIMIT_EXCEEDED', `The teams have more than ${MAX_TEAM_MEMBERS} members.`, {
      field: 'teamIds',
      max: MAX_TEAM_MEMBERS,
    });
  const people = await availabilities(db, everybody, span);
  const found = await readTasksOf(db, everybody, span);
  const steps = function* (): Steps<PeopleRules> {
    const tasks = new Map<string, ConflictEntry[]>();
    for (const task of found) {
      yield;
      const [id = ''] = task.personIds;
      if (releaseId === null || task.groupId !== releaseId) tasks.set(id, [...(tasks.get(id) ?? []), task]);
    }
    const rules: { lasting: SlotRule[]; single: SlotRule[] } = { lasting: [], single: [] };
    for (const id of personIds) {
      const known = people.get(id);
      if (known === undefined) continue;
      const own = yield* rulesOfPerson({ id, name: known.name }, known, tasks.get(id) ?? [], needed);
      rules.lasting.push(...own.lasting);
      rules.single.push(...own.single);
    }
    for (const team of teams) rules.lasting.push(yield* ruleOfTeam(team, { people, tasks }, needed));
    return rules;
  };
  return await inTurns(steps());
}
