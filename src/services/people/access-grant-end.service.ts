import { type FilterQuery, LockMode } from '@mikro-orm/core';
import { toNodeId } from '../../domain/node-id.js';
import { accessGrantMachine } from '../../domain/people/access-grant.machine.js';
import { AccessGrant } from '../../entities/people/access-grant.entity.js';
import type { Person } from '../../entities/people/person.entity.js';
import { accessGrantFacts } from '../../facts/people/access-grant.facts.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** What every event of a grant tells of it. */
export const aboutGrant = ({ kind, personId, proposedById, proposedWithId }: AccessGrant) => ({
  kind,
  personId: toNodeId('Person', personId),
  proposedById: toNodeId('Person', proposedById),
  ...(proposedWithId != null && { proposedWith: toNodeId('AccessToken', proposedWithId) }),
});

/** Records who ended a grant, when and why. */
export function grantDecided(uow: UnitOfWork, grant: AccessGrant, reason: string | null): void {
  grant.decidedAt = uow.now;
  grant.decidedById = uow.actor.id ?? null;
  grant.decisionReason = reason;
}

// Ends grants that nobody has decided. The rows are locked in id order.
async function endOpen(
  uow: UnitOfWork,
  where: FilterQuery<AccessGrant>,
  verb: 'accessGrantDeclineUnasked' | 'accessGrantExpire',
  reason: string,
): Promise<void> {
  const grants = await uow.em.find(
    AccessGrant,
    { $and: [where, { state: 'PROPOSED' }] },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  if (grants.length === 0) return;
  const ids = grants.map(({ id }) => id);
  const facts = await accessGrantFacts(uow, uow.actor, ids, uow.now);
  for (const grant of grants) {
    const known = facts.get(grant.id);
    if (known === undefined) continue;
    transition(uow, accessGrantMachine, grant, verb, known, {
      type: verb === 'accessGrantExpire' ? 'access-grant.expired' : 'access-grant.declined',
      subjectType: 'AccessGrant',
      topics: [grant.personId],
      reason,
      data: aboutGrant(grant),
    });
    grantDecided(uow, grant, reason);
  }
}

/** Declines what a person has proposed and nobody has confirmed: they lost the access to propose it. */
export const declineGrantsBy = async (uow: UnitOfWork, person: Person, reason: string): Promise<void> =>
  await endOpen(uow, { proposedById: person.id }, 'accessGrantDeclineUnasked', reason);

/** Declines what was proposed with tokens and nobody has confirmed. @param tokenIds database ids */
export const declineGrantsWith = async (uow: UnitOfWork, tokenIds: readonly string[], reason: string): Promise<void> =>
  await endOpen(uow, { proposedWithId: { $in: [...tokenIds] } }, 'accessGrantDeclineUnasked', reason);

/** Expires a grant. Does nothing if it was decided meanwhile. */
export const expireGrant = async (uow: UnitOfWork, grantId: string): Promise<void> =>
  await endOpen(uow, { id: grantId }, 'accessGrantExpire', 'Nobody confirmed it in time.');
