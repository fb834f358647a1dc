import { RequestError } from '../../domain/errors.js';
import { MAX_TASKS_AT_ONCE } from '../../domain/people/capacity.js';
import { toNodeId } from '../../domain/node-id.js';
import { sql } from 'kysely';
import { Person } from '../../entities/people/person.entity.js';
import { Team } from '../../entities/people/team.entity.js';
import { TeamMember } from '../../entities/people/team-member.entity.js';
import { lock, lockForCommand, refer } from '../load.js';
import { externalRef, name, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'Team' as const;

interface TeamFields {
  readonly name?: string | null;
  readonly description?: string | null;
}

/** Creates a team. @throws RequestError ALREADY_EXISTS when the name is taken. */
export async function teamCreate(
  uow: UnitOfWork,
  input: {
    readonly name: string;
    readonly description?: string | null;
    readonly externalRef?: { source: string; key: string } | null;
  },
): Promise<Team> {
  const team = uow.em.create(Team, {
    name: name(input.name),
    description: text(input.description ?? '', 'description'),
    ...externalRef(input.externalRef),
  });
  uow.record({ type: 'team.created', subjectType: TYPE, subject: team });
  return team;
}

function edit(uow: UnitOfWork, team: Team, input: TeamFields): void {
  if (input.name != null) team.name = name(input.name);
  if (input.description != null) team.description = text(input.description, 'description');
  uow.record({ type: 'team.updated', subjectType: TYPE, subject: team });
}

/** Edits a team. */
export async function teamUpdate(
  uow: UnitOfWork,
  input: TeamFields & { readonly id: string; readonly expectedVersion: number },
): Promise<Team> {
  const team = await lockForCommand(uow, Team, TYPE, input);
  edit(uow, team, input);
  return team;
}

/** Creates or edits the team with an external reference. */
export async function teamUpsert(
  uow: UnitOfWork,
  input: {
    readonly externalRef: { source: string; key: string };
    readonly name: string;
    readonly description?: string | null;
  },
): Promise<Team> {
  const ref = externalRef(input.externalRef);
  const [known] = await uow.query<{ id: string }>(
    sql`select id from team where external_source = ${ref.externalSource} and external_key = ${ref.externalKey}`,
  );
  if (!known) return await teamCreate(uow, input);
  const team = await lock(uow, Team, TYPE, known.id);
  edit(uow, team, input);
  return team;
}

/**
 * Says how many tasks the members of a team can have at once; null for no limit.
 * @throws RequestError BAD_USER_INPUT
 */
export async function teamSetCapacity(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion?: number | null;
    readonly maxTasksAtOnce?: number | null;
    readonly reason?: string | null;
  },
): Promise<Team> {
  const team = await lockForCommand(uow, Team, TYPE, input);
  const max = input.maxTasksAtOnce;
  // A variable that a program forgot must not remove the limit.
  if (max === undefined)
    throw new RequestError('BAD_USER_INPUT', 'Give "maxTasksAtOnce": a number, or null for no limit.', {
      field: 'maxTasksAtOnce',
    });
  if (max !== null && (max < 1 || max > MAX_TASKS_AT_ONCE))
    throw new RequestError('BAD_USER_INPUT', `"maxTasksAtOnce" is 1 to ${MAX_TASKS_AT_ONCE}.`, {
      field: 'maxTasksAtOnce',
      max: MAX_TASKS_AT_ONCE,
    });
  if (max === (team.maxTasksAtOnce ?? null)) return team;
  team.maxTasksAtOnce = max;
  uow.record({ type: 'team.capacity-set', subjectType: TYPE, subject: team, reason: input.reason ?? null });
  return team;
}

interface MembershipInput {
  readonly id: string;
  readonly personId: string;
  readonly expectedVersion?: number | null;
}

async function membership(uow: UnitOfWork, input: MembershipInput) {
  const team = await lockForCommand(uow, Team, TYPE, input);
  const person = await refer(uow, Person, 'Person', input.personId, 'personId');
  return { team, person, member: await uow.em.findOne(TeamMember, { teamId: team.id, personId: person.id }) };
}

// Members are part of their team, so a change of members increments the version of the team.
function recordMembership(uow: UnitOfWork, team: Team, person: Person, type: string): void {
  team.updatedAt = uow.now;
  uow.record({
    type,
    subjectType: TYPE,
    subject: team,
    topics: [person.id],
    data: { personId: toNodeId('Person', person.id), person: person.name },
  });
}

/** Adds a person to a team. Does nothing if they are a member already. */
export async function teamAddMember(uow: UnitOfWork, input: MembershipInput): Promise<Team> {
  const { team, person, member } = await membership(uow, input);
  if (!member) {
    uow.em.create(TeamMember, { teamId: team.id, personId: person.id });
    recordMembership(uow, team, person, 'team.member-added');
  }
  return team;
}

/** Removes a person from a team. Does nothing if they are not a member. */
export async function teamRemoveMember(uow: UnitOfWork, input: MembershipInput): Promise<Team> {
  const { team, person, member } = await membership(uow, input);
  if (member) {
    uow.em.remove(member);
    recordMembership(uow, team, person, 'team.member-removed');
  }
  return team;
}
