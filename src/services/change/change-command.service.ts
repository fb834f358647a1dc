import {
  changeMachine,
  type ChangeCommand,
  type ChangeOutcome,
  type ChangeRisk,
} from '../../domain/change/change.machine.js';
import { Change } from '../../entities/change/change.entity.js';
import { changeOutcome } from '../../domain/distribution/delivery.js';
import { changeDeliveries } from '../../facts/distribution/delivery.facts.js';
import { rejectOpenRequest } from './change-release-request-end.service.js';
import { factsOfChange } from './change.service.js';
import { lockForCommand } from '../load.js';
import { leaveRelease, lockWithLiveRelease } from '../release/release-scope.service.js';
import { enterSlot } from '../release/release-slot.service.js';
import { requiredReason, text } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** A command that needs nothing but the change. */
export interface ChangeCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/** A command that needs a reason. */
export type ReasonedInput = ChangeCommandInput & { readonly reason: string };

const TYPE = 'Change' as const;

const PAST = {
  changeAccept: 'change.accepted',
  changeReject: 'change.rejected',
  changeAssess: 'change.assessed',
  changeAuthorise: 'change.authorised',
  changeImplement: 'change.implemented',
  changeStartReview: 'change.review-started',
  changeClose: 'change.closed',
  changeCancel: 'change.cancelled',
} as const satisfies Partial<Record<ChangeCommand, string>>;

async function plain(
  uow: UnitOfWork,
  input: ChangeCommandInput,
  verb: 'changeAccept' | 'changeAuthorise' | 'changeStartReview' | 'changeClose',
  locked?: Change,
): Promise<Change> {
  const change = locked ?? (await lockForCommand(uow, Change, TYPE, input));
  const facts = await factsOfChange(uow, change);
  transition(uow, changeMachine, change, verb, facts, {
    type: PAST[verb],
    subjectType: TYPE,
    topics: [facts.release?.id],
    reason: input.reason,
  });
  return change;
}

/** Accepts a change for assessment. */
export const changeAccept = async (uow: UnitOfWork, input: ChangeCommandInput) =>
  await plain(uow, input, 'changeAccept');

/** Starts the post implementation review of a change. */
export const changeStartReview = async (uow: UnitOfWork, input: ChangeCommandInput) =>
  await plain(uow, input, 'changeStartReview');

/** Closes a change. */
export const changeClose = async (uow: UnitOfWork, input: ChangeCommandInput) => await plain(uow, input, 'changeClose');

/**
 * Authorises a change. In a release that is booked it is scheduled along with it.
 * @throws Refusal SELF_APPROVAL for the requester of the change
 */
export async function changeAuthorise(uow: UnitOfWork, input: ChangeCommandInput): Promise<Change> {
  const { change, release } = await lockWithLiveRelease(uow, input);
  await plain(uow, input, 'changeAuthorise', change);
  change.authorisedById = uow.actorId;
  change.authorisedAt = uow.now;
  if (release !== null) await enterSlot(uow, release, change);
  return change;
}

/** Records the assessment of impact and risk. */
export async function changeAssess(
  uow: UnitOfWork,
  input: ChangeCommandInput & { readonly assessment?: string | null; readonly risk?: ChangeRisk | null },
): Promise<Change> {
  const change = await lockForCommand(uow, Change, TYPE, input);
  const facts = await factsOfChange(uow, change);
  const assessment = input.assessment == null ? null : text(input.assessment, 'assessment', { min: 1 });
  const risk = input.risk ?? change.risk;
  transition(
    uow,
    changeMachine,
    change,
    'changeAssess',
    { ...facts, isAssessed: facts.isAssessed || assessment !== null, risk },
    { type: PAST.changeAssess, subjectType: TYPE, topics: [facts.release?.id], reason: input.reason, data: { risk } },
  );
  change.risk = risk;
  if (assessment !== null) change.assessment = assessment;
  return change;
}

/**
 * Records the outcome of a change without a release, as the claim of a person. In a release, the outcome is derived
 * from the targets of the change, and only that one is accepted.
 * @throws Refusal EVIDENCE_MISSING, SELF_APPROVAL for the requester, CHANGE_NOT_IN_RELEASE for protected targets
 */
export async function changeImplement(
  uow: UnitOfWork,
  input: ChangeCommandInput & { readonly outcome: ChangeOutcome; readonly evidence?: string | null },
): Promise<Change> {
  const evidence = text(input.evidence ?? '', 'evidence') || null;
  const change = await lockForCommand(uow, Change, TYPE, input);
  const facts = await factsOfChange(uow, change);
  const observed = facts.release && (await changeDeliveries(uow, facts.release.id, [change.id])).get(change.id);
  transition(
    uow,
    changeMachine,
    change,
    'changeImplement',
    {
      ...facts,
      outcome: input.outcome,
      hasEvidence: evidence !== null,
      ...(observed && { observedOutcome: changeOutcome(observed) }),
    },
    {
      type: PAST.changeImplement,
      subjectType: TYPE,
      topics: [facts.release?.id],
      reason: input.reason,
      data: { outcome: input.outcome, evidence, ...(facts.release === null && { assurance: 'CLAIMED' }) },
    },
  );
  change.outcome = input.outcome;
  change.implementedAt = uow.now;
  return change;
}

// A change that ends takes its configuration items out of its release, so that none of them is deployed without it. The
// scope of the release has then changed and must be accepted again. An open request for the change is rejected.
async function giveUp(uow: UnitOfWork, input: ReasonedInput, verb: 'changeReject' | 'changeCancel'): Promise<Change> {
  const reason = requiredReason(input.reason);
  const { change, release } = await lockWithLiveRelease(uow, input);
  const facts = await factsOfChange(uow, change);
  transition(uow, changeMachine, change, verb, facts, {
    type: PAST[verb],
    subjectType: TYPE,
    topics: [facts.release?.id],
    reason,
  });
  change.stateReason = reason;
  if (release) await leaveRelease(uow, release, change, reason);
  await rejectOpenRequest(uow, change, reason);
  return change;
}

/** Rejects a change. */
export const changeReject = async (uow: UnitOfWork, input: ReasonedInput) => await giveUp(uow, input, 'changeReject');

/** Cancels a change before its implementation begins. The change leaves its release. */
export const changeCancel = async (uow: UnitOfWork, input: ReasonedInput) => await giveUp(uow, input, 'changeCancel');
