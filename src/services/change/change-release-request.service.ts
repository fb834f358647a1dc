import { sql } from 'kysely';
import { collectBlockers } from '../../domain/blocker.js';
import {
  CHANGE_CAN_JOIN,
  changeIsInNoOtherRelease,
  changeReleaseRequestMachine,
  releaseIsInTime,
  releaseIsOpenForScope,
  type ChangeReleaseRequestFacts,
  type RequestMode,
} from '../../domain/change/change-release-request.machine.js';
import { notFound, refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { Change } from '../../entities/change/change.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { decided } from './change-release-request-end.service.js';
import {
  changeReleaseRequestFacts,
  prospectiveRequestFacts,
  type ReleaseChoice,
} from '../../facts/change/change-release-request.facts.js';
import { factsOf } from '../facts-of.js';
import { lock, lockForCommand } from '../load.js';
import { addChangeToRelease, replanIfCommunicated } from '../release/release-scope.service.js';
import { optionalReason, requiredReason, text } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { ChangeReleaseRequest } from '../../entities/change/change-release-request.entity.js';

const TYPE = 'ChangeReleaseRequest' as const;
const DAY = 86_400_000;

/** Default number of days until a request expires. */
export const REQUEST_DAYS = 7;

/** A new request. */
export interface SubmitRequestInput {
  readonly changeId: string;
  readonly mode: RequestMode;
  readonly releaseId?: string | null;
  readonly justification?: string | null;
  /** ISO instant. */
  readonly expiresAt?: string | null;
}

function expiry(uow: UnitOfWork, expiresAt: string | null | undefined): Date {
  const at = expiresAt == null ? new Date(uow.now.getTime() + REQUEST_DAYS * DAY) : new Date(expiresAt);
  if (at <= uow.now)
    throw new RequestError('BAD_USER_INPUT', '"expiresAt" must be in the future.', { field: 'expiresAt' });
  return at;
}

/**
 * Requests that a release implement a change.
 * @throws Refusal when the change or the release does not qualify
 * @throws RequestError ALREADY_EXISTS while another request for the change is open
 */
export async function changeReleaseRequestSubmit(
  uow: UnitOfWork,
  input: SubmitRequestInput,
): Promise<ChangeReleaseRequest> {
  const named = input.releaseId != null;
  if (named === (input.mode === 'ANY_AVAILABLE')) {
    const message = named
      ? 'A request of mode ANY_AVAILABLE must not name a release.'
      : `A request of mode ${input.mode} must name its release.`;
    throw new RequestError('BAD_USER_INPUT', message, { field: 'releaseId' });
  }
  // Locked, so that it cannot be cancelled meanwhile, which would leave a request that nobody can decide.
  const release = named
    ? await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId ?? '', 'releaseId'))
    : null;
  const change = await lock(uow, Change, 'Change', fromNodeId('Change', input.changeId, 'changeId'));
  const facts = await prospectiveRequestFacts(uow, uow.actor, change.id, release?.id ?? null);
  if (facts === undefined) throw notFound('Change');
  refuse(collectBlockers([releaseIsOpenForScope, releaseIsInTime, ...CHANGE_CAN_JOIN].map((guard) => guard(facts))));
  const open = await uow.em.findOne(ChangeReleaseRequest, { changeId: change.id, state: 'SUBMITTED' });
  if (open) {
    throw new RequestError(
      'ALREADY_EXISTS',
      `Request ${open.number} for change ${change.number} is still open. Withdraw it or wait for its decision.`,
      {
        id: toNodeId(TYPE, open.id),
      },
    );
  }
  const request = uow.em.create(ChangeReleaseRequest, {
    changeId: change.id,
    releaseId: release?.id ?? null,
    mode: input.mode,
    justification: text(input.justification ?? '', 'justification', { max: 2_000 }),
    requestedById: uow.actorId,
    expiresAt: expiry(uow, input.expiresAt),
  });
  uow.record({
    type: 'change-release-request.submitted',
    subjectType: TYPE,
    subject: request,
    topics: [change.id, release?.id],
    data: { mode: request.mode, ...aboutOf(change, release) },
  });
  await uow.em.flush();
  return request;
}

const aboutOf = (change: Change, release: Release | null) => ({
  changeId: toNodeId('Change', change.id),
  change: change.number,
  ...(release && { releaseId: toNodeId('Release', release.id), release: release.number }),
});

/** A command on a request. */
export interface RequestCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

// Locks everything that a decision affects, in the order release, change, request.
async function lockAll(
  uow: UnitOfWork,
  input: RequestCommandInput,
  chosen: string | null = null,
): Promise<{ request: ChangeReleaseRequest; change: Change; release: Release | null }> {
  const id = fromNodeId(TYPE, input.id, 'id');
  const [row] = await uow.query<{ change_id: string; release_id: string | null; mode: RequestMode }>(
    sql`select change_id, release_id, mode from change_release_request where id = ${id}`,
  );
  if (row === undefined) throw notFound(TYPE);
  if (chosen !== null && row.mode !== 'ANY_AVAILABLE' && row.release_id !== chosen) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'The request names another release. Reject it and have a new one submitted.',
      { field: 'releaseId' },
    );
  }
  const releaseId = chosen ?? row.release_id;
  const release = releaseId === null ? null : await lock(uow, Release, 'Release', releaseId);
  const change = await lock(uow, Change, 'Change', row.change_id);
  return { request: await lockForCommand(uow, ChangeReleaseRequest, TYPE, input), change, release };
}

const factsOfRequest = async (
  uow: UnitOfWork,
  request: ChangeReleaseRequest,
  choice: ReleaseChoice = {},
): Promise<ChangeReleaseRequestFacts> =>
  await factsOf(uow, async (db, actor, ids) => await changeReleaseRequestFacts(db, actor, ids, choice), TYPE, request);

/** The approval of a request. */
export interface ApproveRequestInput extends RequestCommandInput {
  /** For a request of mode ANY_AVAILABLE: the chosen release. */
  readonly releaseId?: string | null;
  /** Consent to plan a release again that has already been communicated. */
  readonly agreeToReplan?: boolean | null;
}

/**
 * Approves a request as the owner of its release: the change joins the release with its source and target configuration
 * items. A scope that was accepted before must be accepted again.
 */
export async function changeReleaseRequestApprove(
  uow: UnitOfWork,
  input: ApproveRequestInput,
): Promise<ChangeReleaseRequest> {
  const chosen = input.releaseId == null ? null : fromNodeId('Release', input.releaseId, 'releaseId');
  const { request, change, release } = await lockAll(uow, input, chosen);
  const facts = await factsOfRequest(uow, request, {
    releaseId: chosen,
    replanningAgreed: input.agreeToReplan ?? false,
  });
  // The second of two concurrent approvals learns which release has the change, not merely that the request has ended.
  if (request.state === 'APPROVED' && facts.changeLiveRelease !== null && facts.changeLiveRelease.id !== release?.id) {
    refuse(collectBlockers([changeIsInNoOtherRelease(facts)]));
  }
  const reason = optionalReason(input.reason);
  transition(uow, changeReleaseRequestMachine, request, 'changeReleaseRequestApprove', facts, {
    type: 'change-release-request.approved',
    subjectType: TYPE,
    topics: [release?.id, change.id],
    reason,
    data: aboutOf(change, release),
  });
  decided(uow, request, reason);
  if (release === null) throw new Error('An approved request has a release: the guards ensure it.');
  request.releaseId = release.id;
  await addChangeToRelease(uow, release, change);
  await replanIfCommunicated(uow, release, `Change ${change.number} joins the release.`);
  return request;
}

async function end(
  uow: UnitOfWork,
  input: RequestCommandInput,
  verb: 'changeReleaseRequestReject' | 'changeReleaseRequestWithdraw',
  reason: string | null,
): Promise<ChangeReleaseRequest> {
  const { request, change, release } = await lockAll(uow, input);
  transition(uow, changeReleaseRequestMachine, request, verb, await factsOfRequest(uow, request), {
    type:
      verb === 'changeReleaseRequestReject' ? 'change-release-request.rejected' : 'change-release-request.withdrawn',
    subjectType: TYPE,
    topics: [release?.id, change.id],
    reason,
    data: aboutOf(change, release),
  });
  decided(uow, request, reason);
  return request;
}

/** Rejects a request as the owner of its release; one of mode ANY_AVAILABLE as any release owner. */
export const changeReleaseRequestReject = async (
  uow: UnitOfWork,
  input: RequestCommandInput & { readonly reason: string },
) => await end(uow, input, 'changeReleaseRequestReject', requiredReason(input.reason));

/** Withdraws a request. @throws Refusal NOT_REQUESTER unless by its requester or a change manager */
export const changeReleaseRequestWithdraw = async (uow: UnitOfWork, input: RequestCommandInput) =>
  await end(uow, input, 'changeReleaseRequestWithdraw', optionalReason(input.reason));
