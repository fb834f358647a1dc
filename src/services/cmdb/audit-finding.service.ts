import { auditFindingMachine } from '../../domain/cmdb/audit.machine.js';
import { AuditFinding } from '../../entities/cmdb/audit-finding.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { auditFindingFacts } from '../../facts/cmdb/audit.facts.js';
import { factsOf } from '../facts-of.js';
import { deactivatedOwner } from './item-references.js';
import { lockForCommand, refer } from '../load.js';
import { requiredReason } from '../text.js';
import { demand, enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'AuditFinding' as const;

/** Says who has to look at a finding, and by when. @throws RequestError NOT_FOUND, BAD_USER_INPUT */
export async function auditFindingAssign(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion?: number | null;
    readonly ownerId?: string | null;
    readonly dueAt?: string | null;
  },
): Promise<AuditFinding> {
  const finding = await lockForCommand(uow, AuditFinding, TYPE, input);
  demand(auditFindingMachine, finding, 'auditFindingAssign', await factsOf(uow, auditFindingFacts, TYPE, finding));
  if (input.ownerId === null) finding.ownerId = null;
  else if (input.ownerId !== undefined) {
    const owner = await refer(uow, Person, 'Person', input.ownerId, 'ownerId');
    if (!owner.active && owner.id !== finding.ownerId) throw deactivatedOwner(owner.name);
    finding.ownerId = owner.id;
  }
  if (input.dueAt !== undefined) finding.dueAt = input.dueAt === null ? null : new Date(input.dueAt);
  uow.record({
    type: 'audit-finding.assigned',
    subjectType: TYPE,
    subject: finding,
    topics: [finding.auditId, finding.ciId, finding.ownerId],
    ifChanged: true,
  });
  return finding;
}

/** Closes a finding with a reason. @throws Refusal NOT_FINDING_OWNER */
export async function auditFindingClose(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<AuditFinding> {
  const finding = await lockForCommand(uow, AuditFinding, TYPE, input);
  const reason = requiredReason(input.reason);
  const facts = await factsOf(uow, auditFindingFacts, TYPE, finding);
  const allowed = demand(auditFindingMachine, finding, 'auditFindingClose', facts);
  Object.assign(finding, { reason, closedById: uow.actorId, closedAt: uow.now });
  enter(uow, finding, allowed, {
    type: 'audit-finding.closed',
    subjectType: TYPE,
    topics: [finding.auditId, finding.ciId],
    reason,
  });
  return finding;
}
