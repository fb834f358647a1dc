import { sql } from 'kysely';
import { configurationAuditMachine } from '../../domain/cmdb/audit.machine.js';
import { RequestError } from '../../domain/errors.js';
import { Baseline } from '../../entities/cmdb/baseline.entity.js';
import { ConfigurationAudit } from '../../entities/cmdb/configuration-audit.entity.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { configurationAuditFacts } from '../../facts/cmdb/audit.facts.js';
import { factsOf } from '../facts-of.js';
import { lockForCommand, refer } from '../load.js';
import { name, optionalReason } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'ConfigurationAudit' as const;

/**
 * Starts an audit of an item with all that it depends on, or of what a baseline is of. The server looks at the items
 * afterwards.
 * @throws RequestError NOT_FOUND; BAD_USER_INPUT unless one of item and baseline is given, or for a baseline that is no
 *   reference
 */
export async function configurationAuditStart(
  uow: UnitOfWork,
  input: {
    readonly name: string;
    readonly configurationItemId?: string | null;
    readonly baselineId?: string | null;
    readonly withDependencies?: boolean | null;
    readonly expectsObservations?: boolean | null;
  },
): Promise<ConfigurationAudit> {
  const { configurationItemId: ciId, baselineId } = input;
  if ((ciId == null) === (baselineId == null))
    throw new RequestError('BAD_USER_INPUT', 'Give either "configurationItemId" or "baselineId".', {
      field: 'configurationItemId',
    });
  const ci =
    ciId == null ? null : await refer(uow, ConfigurationItem, 'ConfigurationItem', ciId, 'configurationItemId');
  const baseline = baselineId == null ? null : await refer(uow, Baseline, 'Baseline', baselineId, 'baselineId');
  if (baseline !== null && baseline.state !== 'APPROVED')
    throw new RequestError('BAD_USER_INPUT', `Baseline ${baseline.number} is not approved, so it is no reference.`, {
      field: 'baselineId',
    });
  const audit = uow.em.create(ConfigurationAudit, {
    name: name(input.name),
    ciId: ci?.id ?? null,
    baselineId: baseline?.id ?? null,
    withDependencies: baseline?.withDependencies ?? input.withDependencies ?? true,
    expectsObservations: input.expectsObservations ?? false,
    asOf: uow.now,
    startedById: uow.actorId,
  });
  uow.record({
    type: 'configuration-audit.started',
    subjectType: TYPE,
    subject: audit,
    topics: [ci?.id, baseline?.id],
  });
  return audit;
}

/** Cancels an audit. What it has found stays. */
export async function configurationAuditCancel(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<ConfigurationAudit> {
  const audit = await lockForCommand(uow, ConfigurationAudit, TYPE, input);
  const facts = await factsOf(uow, configurationAuditFacts, TYPE, audit);
  transition(uow, configurationAuditMachine, audit, 'configurationAuditCancel', facts, {
    type: 'configuration-audit.cancelled',
    subjectType: TYPE,
    topics: [audit.ciId, audit.baselineId],
    reason: optionalReason(input.reason),
  });
  audit.endedAt = uow.now;
  await uow.query(sql`delete from configuration_audit_item where audit_id = ${audit.id}`);
  return audit;
}
