import { RequestError } from '../../domain/errors.js';
import { toNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { expectInterval } from '../../domain/schedule/interval.js';
import { Absence } from '../../entities/people/absence.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { lockForCommand, refer } from '../load.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'Absence' as const;

/** Roles that can enter the absence of somebody else. */
const KEEPERS: readonly Role[] = ['ADMINISTRATOR', 'RELEASE_MANAGER'];

function expectOwnOrKeeper(uow: UnitOfWork, personId: string): void {
  if (uow.actor.id === personId || KEEPERS.some((role) => uow.actor.roles.includes(role))) return;
  throw new RequestError('FORBIDDEN', `Only ${KEEPERS.join(' or ')} can enter the absence of somebody else.`, {
    roles: KEEPERS,
  });
}

const told = (uow: UnitOfWork, absence: Absence, verb: 'created' | 'withdrawn', reason?: string | null) =>
  uow.record({
    type: `absence.${verb}`,
    subjectType: TYPE,
    subject: absence,
    topics: [absence.personId],
    reason: reason ?? null,
    data: {
      personId: toNodeId('Person', absence.personId),
      startsAt: absence.startsAt.toISOString(),
      endsAt: absence.endsAt.toISOString(),
    },
  });

/**
 * Enters when a person is away. It says nothing about why. Entering the same again changes nothing.
 * @throws RequestError FORBIDDEN for somebody else, unless the actor plans releases; BAD_USER_INPUT
 */
export async function absenceCreate(
  uow: UnitOfWork,
  input: { readonly personId: string; readonly startsAt: string; readonly endsAt: string },
): Promise<Absence> {
  const person = await refer(uow, Person, 'Person', input.personId, 'personId');
  expectOwnOrKeeper(uow, person.id);
  const [startsAt, endsAt] = [new Date(input.startsAt), new Date(input.endsAt)];
  expectInterval(startsAt, endsAt, 'endsAt');
  const known = await uow.em.findOne(Absence, { personId: person.id, startsAt, endsAt, withdrawnAt: null });
  if (known !== null) return known;
  const absence = uow.em.create(Absence, { personId: person.id, startsAt, endsAt });
  told(uow, absence, 'created');
  return absence;
}

/** Withdraws an absence. Withdrawing it again changes nothing. @throws RequestError FORBIDDEN */
export async function absenceWithdraw(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<Absence> {
  const absence = await lockForCommand(uow, Absence, TYPE, input);
  expectOwnOrKeeper(uow, absence.personId);
  if (absence.withdrawnAt != null) return absence;
  absence.withdrawnAt = uow.now;
  told(uow, absence, 'withdrawn', input.reason);
  return absence;
}
