import { blocker, type Blocker } from '../blocker.js';
import { CRITICALITIES, criticalityIsAtMost, type Criticality } from '../cmdb/configuration-item.machine.js';
import { actorRunsTheRelease, type ReleasePeopleFacts } from '../release/release-scope.js';
import type { TargetState } from './observation.js';

/** What a distribution needs to be SUCCEEDED. */
export const OUTCOME_POLICIES = ['ALL', 'AT_LEAST_PERCENT', 'EVERY_CRITICAL_TARGET'] as const;

/** One of {@link OUTCOME_POLICIES}. */
export type OutcomePolicyKind = (typeof OUTCOME_POLICIES)[number];

/** What each policy asks for. */
export const OUTCOME_POLICY_DESCRIPTIONS: Readonly<Record<OutcomePolicyKind, string>> = {
  ALL: 'Every target succeeds.',
  AT_LEAST_PERCENT: 'At least the given share of all targets succeeds.',
  EVERY_CRITICAL_TARGET:
    'Every target succeeds whose effective criticality was HIGH or CRITICAL when the distribution was approved or ' +
    'scheduled. Without such a target it is the same as ALL.',
};

/** A policy with its figure. */
export interface OutcomePolicy {
  readonly kind: OutcomePolicyKind;
  /** Of AT_LEAST_PERCENT: the share, 1 to 100. Null for others. */
  readonly percent: number | null;
}

/** The policy of a distribution for which nobody chose another. */
export const STRICT_POLICY: OutcomePolicy = { kind: 'ALL', percent: null };

/** A policy with what it has to know of the targets beside their states. */
export interface JudgedPolicy extends OutcomePolicy {
  /** Of EVERY_CRITICAL_TARGET: how many targets are critical, and how many of them succeeded. */
  readonly critical?: { readonly total: number; readonly succeeded: number };
}

/**
 * Whether the targets of a distribution satisfy its policy. A policy tolerates failures and nothing else: not that
 * somebody stopped the work, and not that something was returned.
 * @param final its targets by final state.
 */
export function policyHolds(
  { kind, percent, critical }: JudgedPolicy,
  final: Readonly<Record<TargetState, number>>,
  total: number,
): boolean {
  if (total === 0) return false;
  if (final.SUCCEEDED === total) return true;
  if (kind === 'ALL' || final.SUCCEEDED === 0 || final.CANCELLED > 0 || final.BACKED_OUT > 0) return false;
  if (kind === 'AT_LEAST_PERCENT') return final.SUCCEEDED * 100 >= (percent ?? 100) * total;
  return critical !== undefined && critical.total > 0 && critical.succeeded === critical.total;
}

/** Why a distribution succeeded although targets did not; null when all of them did. */
export function policyReason({ kind, percent }: OutcomePolicy, succeeded: number, total: number): string | null {
  if (succeeded === total) return null;
  const required = kind === 'AT_LEAST_PERCENT' ? `${percent ?? 100} %` : 'every critical target';
  return `${succeeded} of ${total} targets succeeded; the outcome policy requires ${required}.`;
}

/** The effective criticalities of the targets that EVERY_CRITICAL_TARGET is about. */
export const CRITICAL_TARGETS: readonly Criticality[] = CRITICALITIES.filter(
  (criticality) => !criticalityIsAtMost(criticality, 'MEDIUM'),
);

/** Whether another policy can be satisfied where the present one is not. */
export function policyRelaxes(from: OutcomePolicy, to: OutcomePolicy): boolean {
  const share = ({ kind, percent }: OutcomePolicy) => (kind === 'ALL' ? 100 : (percent ?? 100));
  if (to.kind === 'ALL') return false;
  if (to.kind === 'AT_LEAST_PERCENT' && from.kind !== 'EVERY_CRITICAL_TARGET') return share(to) < share(from);
  return to.kind !== from.kind;
}

/** What was approved is also how many failures are acceptable, so only those who run the release relax that. */
export function mayRelaxPolicy(facts: ReleasePeopleFacts, from: OutcomePolicy, to: OutcomePolicy): Blocker | undefined {
  if (!policyRelaxes(from, to)) return undefined;
  const found = actorRunsTheRelease(facts);
  if (found === undefined) return undefined;
  const { release } = facts;
  return blocker(
    'NOT_RELEASE_OWNER',
    `Only the owner and the manager of release ${release.name} decide that its distribution succeeds although ` +
      'targets fail. Have one of them set the policy.',
    ['RELEASE_OWNER', 'RELEASE_MANAGER'],
    { subject: { type: 'Release', id: release.id }, path: ['outcomePolicy'] },
  );
}
