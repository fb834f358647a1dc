import { blocker, type NamedRef } from '../blocker.js';
import type { Role } from '../roles.js';
import type { Guard } from '../state-machine.js';

/** A completed task of kind APPROVAL. */
export interface GivenApproval extends NamedRef {
  readonly mandatory: boolean;
  /** Role whose approval it asks for; null where it asks a person. */
  readonly role: Role | null;
  /** Person who completed it. Null where nobody recorded that. */
  readonly approverId: string | null;
}

/** What the rule about approvals in tasks needs to know. */
export interface ApprovalFacts {
  /** The completed approvals of the release, in the order of its plan. */
  readonly approvals: readonly GivenApproval[];
  /** Everybody who planned the release, worked on its building, or registered, uploaded or packed its content. */
  readonly contributorIds: readonly string[];
}

/**
 * Nobody with a part in the work has approved it in a mandatory task. The task asks for that, too; this rule is for
 * people who took part in the work after they approved. Another approval by the same role takes its place.
 */
export const approvalsAreIndependent: Guard<ApprovalFacts> = ({ approvals, contributorIds }) => {
  const independent = ({ approverId }: GivenApproval) => approverId !== null && !contributorIds.includes(approverId);
  return approvals
    .filter((given) => given.mandatory && given.approverId !== null && !independent(given))
    .filter(({ role }) => !approvals.some((other) => other.role === role && independent(other)))
    .map(({ id, name, role }) =>
      blocker(
        'SELF_APPROVAL',
        `The person who approved in "${name}" has taken part in the work since. Add a task of kind APPROVAL` +
          `${role === null ? '' : ` for ${role}`} and have somebody else complete it.`,
        [...(role === null || role === 'RELEASE_MANAGER' ? [] : [role]), 'RELEASE_MANAGER'],
        { subject: { type: 'Task', id } },
      ),
    );
};
