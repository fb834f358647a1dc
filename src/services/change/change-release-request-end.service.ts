import { LockMode } from '@mikro-orm/core';
import {
  changeReleaseRequestMachine,
  type ChangeReleaseRequestState,
} from '../../domain/change/change-release-request.machine.js';
import { toNodeId } from '../../domain/node-id.js';
import { type Change } from '../../entities/change/change.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { changeReleaseRequestFacts } from '../../facts/change/change-release-request.facts.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { ChangeReleaseRequest } from '../../entities/change/change-release-request.entity.js';

const TYPE = 'ChangeReleaseRequest' as const;

/** Records who ended a request, when and why. */
export function decided(uow: UnitOfWork, request: ChangeReleaseRequest, reason: string | null): void {
  request.decidedAt = uow.now;
  request.decidedById = uow.actor.id ?? null;
  request.decisionReason = reason;
}

// Ends open requests without a decision of a person. The rows are locked in id order.
async function endOpen(
  uow: UnitOfWork,
  where: { changeId?: string; releaseId?: string; id?: string },
  verb: 'changeReleaseRequestRejectUnasked' | 'changeReleaseRequestExpire',
  reason: string,
): Promise<number> {
  const requests = await uow.em.find(
    ChangeReleaseRequest,
    { ...where, state: 'SUBMITTED' as ChangeReleaseRequestState },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  const facts = await changeReleaseRequestFacts(
    uow,
    uow.actor,
    requests.map(({ id }) => id),
  );
  for (const request of requests) {
    const known = facts.get(request.id);
    if (known === undefined) continue;
    transition(uow, changeReleaseRequestMachine, request, verb, known, {
      type:
        verb === 'changeReleaseRequestExpire' ? 'change-release-request.expired' : 'change-release-request.rejected',
      subjectType: TYPE,
      topics: [request.releaseId, request.changeId],
      reason,
      data: {
        changeId: toNodeId('Change', request.changeId),
        change: known.change.name,
        ...(known.release && { releaseId: toNodeId('Release', known.release.id), release: known.release.name }),
      },
    });
    decided(uow, request, reason);
  }
  return requests.length;
}

/**
 * Rejects every open request for a release that has ended, as the server. Call it in the unit of work that cancels the
 * release, which must be locked.
 * @returns the number of requests
 */
export const rejectPendingRequests = async (uow: UnitOfWork, release: Release, reason: string): Promise<number> =>
  await endOpen(uow, { releaseId: release.id }, 'changeReleaseRequestRejectUnasked', reason);

/** Rejects the open request of a change that has ended. */
export const rejectOpenRequest = async (uow: UnitOfWork, change: Change, reason: string): Promise<number> =>
  await endOpen(uow, { changeId: change.id }, 'changeReleaseRequestRejectUnasked', reason);

/** Expires a request. Does nothing if it was decided meanwhile. */
export const expireRequest = async (uow: UnitOfWork, requestId: string): Promise<number> =>
  await endOpen(uow, { id: requestId }, 'changeReleaseRequestExpire', 'Nobody decided in time.');
