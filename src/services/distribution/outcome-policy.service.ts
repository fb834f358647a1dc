import { sql } from 'kysely';
import type { Blocker } from '../../domain/blocker.js';
import { RequestError } from '../../domain/errors.js';
import {
  CRITICAL_TARGETS,
  mayRelaxPolicy,
  STRICT_POLICY,
  type JudgedPolicy,
  type OutcomePolicy,
  type OutcomePolicyKind,
} from '../../domain/distribution/outcome-policy.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { planFactsOf } from '../release/release-plan.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { whole } from '../whole.js';

/** What planning and editing a distribution say about its outcome. Absent means: as it is. */
export interface OutcomePolicyInput {
  readonly outcomePolicy?: OutcomePolicyKind | null;
  readonly outcomePercent?: number | null;
}

/** The outcome policy of a distribution. */
export const policyOf = ({ outcomePolicy, outcomePercent }: Distribution): OutcomePolicy => ({
  kind: outcomePolicy,
  percent: outcomePercent ?? null,
});

/** A policy as the columns of a distribution. */
export const asColumns = ({ kind, percent }: OutcomePolicy) => ({ outcomePolicy: kind, outcomePercent: percent });

/**
 * The policy after an edit.
 * @throws RequestError BAD_USER_INPUT for a share without a policy that has one, or the other way round
 */
export function wantedPolicy(input: OutcomePolicyInput, now: OutcomePolicy = STRICT_POLICY): OutcomePolicy {
  whole(input.outcomePercent, 'outcomePercent', 1, 100);
  const kind = input.outcomePolicy ?? now.kind;
  if (kind !== 'AT_LEAST_PERCENT') {
    if (input.outcomePercent != null)
      throw new RequestError('BAD_USER_INPUT', `The outcome policy ${kind} has no percentage.`, {
        field: 'outcomePercent',
      });
    return { kind, percent: null };
  }
  const percent = input.outcomePercent ?? now.percent;
  if (percent === null)
    throw new RequestError('BAD_USER_INPUT', 'The outcome policy AT_LEAST_PERCENT needs a percentage.', {
      field: 'outcomePercent',
    });
  return { kind, percent };
}

/** What stands against another policy. */
export function policyBlockers(uow: UnitOfWork, release: Release, from: OutcomePolicy, to: OutcomePolicy): Blocker[] {
  const found = mayRelaxPolicy(planFactsOf(uow, release), from, to);
  return found === undefined ? [] : [found];
}

/** The policy of a distribution with what is known of its critical targets. */
export async function judgedPolicy(uow: UnitOfWork, distribution: Distribution): Promise<JudgedPolicy> {
  const policy = policyOf(distribution);
  if (policy.kind !== 'EVERY_CRITICAL_TARGET') return policy;
  const [row] = await uow.query<{ total: number; succeeded: number }>(sql`
    select count(*)::int as total, (count(*) filter (where e.state = 'SUCCEEDED'))::int as succeeded
    from approved_target a join target_execution e on e.distribution_id = a.distribution_id and e.ci_id = a.ci_id
    where a.distribution_id = ${distribution.id} and a.criticality = any(${CRITICAL_TARGETS}::text[])`);
  return { ...policy, ...(row && { critical: row }) };
}
