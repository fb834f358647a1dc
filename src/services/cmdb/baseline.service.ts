import { sql } from 'kysely';
import { instantText } from '../../database/expressions.js';
import { baselineMachine } from '../../domain/cmdb/baseline.machine.js';
import { RequestError } from '../../domain/errors.js';
import { Baseline } from '../../entities/cmdb/baseline.entity.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { baselineContent, baselineFacts, type BaselineContent } from '../../facts/cmdb/baseline.facts.js';
import { factsOf } from '../facts-of.js';
import { lockForCommand, refer } from '../load.js';
import { name, optionalReason, requiredReason } from '../text.js';
import { demand, enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'Baseline' as const;

/** What a decision about a baseline takes. */
export interface BaselineCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/** The next millisecond of the database's clock: histories count in whole ones. All that is stored by then counts. */
async function databaseNow(uow: UnitOfWork): Promise<string> {
  const [row] = await uow.query<{ at: string }>(sql`
    select ${instantText(sql`(date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond')`)} as at`);
  return (row as { at: string }).at;
}

/**
 * Takes a baseline of an item, with everything that it depends on if asked. It is fixed within seconds.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT
 */
export async function baselineTake(
  uow: UnitOfWork,
  input: {
    readonly name: string;
    readonly configurationItemId: string;
    readonly withDependencies?: boolean | null;
    readonly asOf?: string | null;
  },
): Promise<Baseline> {
  const ci = await refer(uow, ConfigurationItem, 'ConfigurationItem', input.configurationItemId, 'configurationItemId');
  const now = await databaseNow(uow);
  // Installations have times of the server, whose clock can be ahead.
  const latest = [now, uow.now.toISOString()].sort().at(-1) as string;
  if (input.asOf != null && input.asOf > latest)
    throw new RequestError('BAD_USER_INPUT', '"asOf" is in the future.', { field: 'asOf' });
  const baseline = uow.em.create(Baseline, {
    name: name(input.name),
    ciId: ci.id,
    withDependencies: input.withDependencies ?? true,
    asOf: new Date(input.asOf ?? latest),
    knownAt: new Date(now),
    takenById: uow.actorId,
  });
  uow.record({ type: 'baseline.requested', subjectType: TYPE, subject: baseline, topics: [ci.id] });
  return baseline;
}

/** What is there of a baseline now, from the histories. */
export const contentNow = async (uow: UnitOfWork, baseline: Baseline): Promise<BaselineContent> =>
  await baselineContent(uow, {
    ciId: baseline.ciId ?? null,
    withDependencies: baseline.withDependencies,
    baselineId: baseline.id,
    asOf: baseline.asOf.toISOString(),
    knownAt: baseline.knownAt.toISOString(),
    columns: baseline.columns ?? null,
  });

const topicsOf = ({ ciId, distributionId }: Baseline) => [ciId, distributionId];

/**
 * Approves a baseline as a reference. Its content is verified first.
 * @throws Refusal SELF_APPROVAL, BASELINE_ALTERED
 */
export async function baselineApprove(uow: UnitOfWork, input: BaselineCommandInput): Promise<Baseline> {
  const baseline = await lockForCommand(uow, Baseline, TYPE, input);
  const reason = optionalReason(input.reason);
  const facts = await factsOf(uow, baselineFacts, TYPE, baseline);
  const isIntact = baseline.digest == null || (await contentNow(uow, baseline)).digest === baseline.digest;
  const allowed = demand(baselineMachine, baseline, 'baselineApprove', { ...facts, isIntact });
  Object.assign(baseline, { reason, decidedById: uow.actorId });
  enter(uow, baseline, allowed, { type: 'baseline.approved', subjectType: TYPE, topics: topicsOf(baseline), reason });
  return baseline;
}

/** Rejects a baseline as a reference. It can still be looked at. */
export async function baselineReject(uow: UnitOfWork, input: BaselineCommandInput): Promise<Baseline> {
  const baseline = await lockForCommand(uow, Baseline, TYPE, input);
  const reason = requiredReason(input.reason);
  const facts = await factsOf(uow, baselineFacts, TYPE, baseline);
  const allowed = demand(baselineMachine, baseline, 'baselineReject', facts);
  Object.assign(baseline, { reason, decidedById: uow.actorId });
  enter(uow, baseline, allowed, { type: 'baseline.rejected', subjectType: TYPE, topics: topicsOf(baseline), reason });
  return baseline;
}
