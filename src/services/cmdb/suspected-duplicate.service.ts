import { suspectedDuplicateMachine } from '../../domain/cmdb/suspected-duplicate.machine.js';
import { SuspectedDuplicate } from '../../entities/cmdb/suspected-duplicate.entity.js';
import { suspectedDuplicateFacts } from '../../facts/cmdb/suspected-duplicate.facts.js';
import { factsOf } from '../facts-of.js';
import { lockForCommand } from '../load.js';
import { requiredReason } from '../text.js';
import { demand, enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'SuspectedDuplicate' as const;

/** Decides that two items are two. @throws RequestError NOT_FOUND, BAD_USER_INPUT, CONFLICT */
export async function suspectedDuplicateDismiss(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<SuspectedDuplicate> {
  const pair = await lockForCommand(uow, SuspectedDuplicate, TYPE, input);
  const reason = requiredReason(input.reason);
  const facts = await factsOf(uow, suspectedDuplicateFacts, TYPE, pair);
  const allowed = demand(suspectedDuplicateMachine, pair, 'suspectedDuplicateDismiss', facts);
  Object.assign(pair, { reason, decidedById: uow.actorId });
  const topics = [pair.ciId, pair.otherId];
  enter(uow, pair, allowed, { type: 'suspected-duplicate.dismissed', subjectType: TYPE, topics, reason });
  return pair;
}
