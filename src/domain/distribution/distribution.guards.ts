import type { Lapse } from '../approval-basis.js';
import { type Blocker, type NamedRef, blocker, collectBlockers } from '../blocker.js';
import type { TargetFacts } from '../cmdb/target.guards.js';
import type { DeploymentToolState } from './deployment-tool.machine.js';
import type { ReconcileDecision } from './distribution.state.js';
import type { DistributionTimeFacts } from './distribution-time.guards.js';
import { actorRunsTheRelease, type ReleasePeopleFacts } from '../release/release-scope.js';
import type { TaskBefore } from '../release/task-distribution.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import type { ReturnFacts } from './return.guards.js';
import type { Guard } from '../state-machine.js';
import type { TargetEndFacts } from './target-end.guards.js';
import type { TargetLimitFacts } from './target-limit.js';
import type { WaveFacts } from './wave.guards.js';
import type { WaveToolFacts } from './wave-tool.guards.js';

/** What the rules of a distribution need to know. Gather it afresh for every decision: a start re-checks all of it. */
export interface DistributionFacts
  extends
    ActorFacts,
    TargetFacts,
    DistributionTimeFacts,
    ReturnFacts,
    WaveFacts,
    WaveToolFacts,
    TargetEndFacts,
    TargetLimitFacts {
  /** Everybody who planned it, at first or again. */
  readonly plannerIds: readonly string[];
  readonly approvalRequired: boolean;
  /** Whether there is no approval of this plan: it was never given, or lapsed with an earlier plan. */
  readonly approvalIsStale: boolean;
  /** What changed since it was approved or scheduled; empty while that holds. */
  readonly approvalLapses: readonly Lapse[];
  readonly release: DistributionTimeFacts['release'] & {
    readonly ownerId: string;
    readonly managerId: string;
    readonly onHold: { readonly reason: string } | null;
    readonly skipsCommunication: boolean;
    /** Whether it has no slot and skips every state that is left before its distribution; absent means no. */
    readonly distributionIsNext?: boolean;
    /** What the rules of the release have against its distribution now; empty when it is being distributed already. */
    readonly startBlockers?: readonly Blocker[];
  };
  /** Targets and media of the distribution that are no longer in the scope of its release. */
  readonly outOfScope?: readonly (NamedRef & { readonly type: 'ConfigurationItem' | 'DmlItemVersion' })[];
  /** Tasks that the plan puts before its own tasks and that are not done. */
  readonly tasksBefore?: readonly TaskBefore[];
  /** Why it is in its state, where the server said so: what kept it from its start. */
  readonly stateReason?: string | null;
  /** Other distributions of the release that work on a target and a content of this one now, each with one target. */
  readonly worksThere?: readonly (NamedRef & { readonly target: string })[];
  readonly hasPlannedStart: boolean;
  /** Whether the change and maintenance windows of its targets are open now; true where there are none. */
  readonly windowIsOpen: boolean;
  /** When windows and blackouts allow the work next; null if they do not in 90 days. */
  readonly nextOpening?: string | null;
  /** Blackouts that cover now, on its targets or everywhere, without a valid override. */
  readonly activeBlackouts: readonly NamedRef[];
  readonly targetCount: number;
  /** Targets that are not AUTHORISED in the CMDB now. */
  readonly unauthorisedTargets: readonly NamedRef[];
  /** Media of the package that are not AUTHORISED in the DML now. */
  readonly unauthorisedMedia: readonly NamedRef[];
  /** Media whose digest is not the one baselined when the release was accepted. */
  readonly alteredMedia: readonly NamedRef[];
  /** The tool of its run while one can be under way, otherwise that of the wave that would begin next. */
  readonly tool: NamedRef & {
    readonly state: DeploymentToolState;
    /** What the last probe said about the state; null or absent if it said nothing. */
    readonly detail?: string | null;
    /** Whether the tool, or the server on its behalf between waves, can pause. */
    readonly canPause: boolean;
    readonly canCancel: boolean;
    readonly canUndo: boolean;
    /** Whether the tool can check an order in advance. */
    readonly canPreflight: boolean;
    /** Whether the tool shows its logs. */
    readonly hasLogs: boolean;
  };
  /** Media of an installation that pins keep from some of its targets; absent or empty while nothing is kept away. */
  readonly pinnedMedia?: readonly (NamedRef & {
    readonly targetCount: number;
    /** Names of a few of the targets. */
    readonly targets: readonly string[];
    readonly reason: string;
  })[];
  /** Whether some target of the last attempt did not succeed. */
  readonly someTargetFailed: boolean;
  /** Whether there is something on a target that a back-out could take away; absent where nobody looked. */
  readonly somethingWasDelivered?: boolean;
  /** Until when the tool may still end a run that is being stopped or backed out; null where nobody waits for that. */
  readonly mayEndUntil?: Date | null;
  /** With `distributionUpdate`: what is wrong with the new plan; absent while there is none. */
  readonly planProblems?: readonly Blocker[];
  /** With `distributionReconcile`: the decision of the operator; absent before it. */
  readonly reconcileDecision?: ReconcileDecision;
  /** With a command that needs a reason, e.g. `distributionAbandon`: whether the operator gave one; absent before. */
  readonly reasonGiven?: boolean;
}

/** A rule of a distribution. */
export type DistributionGuard = Guard<DistributionFacts>;

/** The tool can deliver the new contents to the new targets, and the release has all of them. */
export const planFits: DistributionGuard = ({ planProblems }) => [...(planProblems ?? [])];

/** A decision about an unknown start records how the operator found out. */
export const decisionHasReason: DistributionGuard = ({ reasonGiven }) =>
  reasonGiven === false
    ? blocker(
        'EVIDENCE_MISSING',
        'State in "reason" how you found out. The reason is kept with the decision.',
        ['DEPLOYMENT_OPERATOR'],
        { path: ['reason'] },
      )
    : undefined;

/** There is at least one target; "none" never means "all". */
export const distributionHasTargets: DistributionGuard = ({ targetCount }) =>
  targetCount > 0
    ? undefined
    : blocker('NO_TARGETS', 'The distribution has no target. Add at least one configuration item or group.', [
        'DEPLOYMENT_OPERATOR',
      ]);

/** A start time is set. */
export const distributionHasPlannedStart: DistributionGuard = ({ hasPlannedStart }) =>
  hasPlannedStart
    ? undefined
    : blocker('SCHEDULE_MISSING', 'The distribution has no planned start. Set one.', ['DEPLOYMENT_OPERATOR'], {
        path: ['plannedStart'],
      });

/** Where approval is required, it goes through approval. */
export const approvalIsNotRequired: DistributionGuard = ({ approvalRequired }) =>
  approvalRequired
    ? blocker('APPROVAL_MISSING', 'This distribution has to be approved. Request its approval.', [
        'DEPLOYMENT_OPERATOR',
        'RELEASE_OWNER',
      ])
    : undefined;

/** Deployment operators plan distributions of any release, and others of those that they run. */
export const actorMayPlanForTheRelease: Guard<ReleasePeopleFacts> = (facts) =>
  actorHolds(facts, 'DEPLOYMENT_OPERATOR') ? undefined : actorRunsTheRelease(facts);

/** Nobody who planned it approves it, even if somebody else planned it again. */
export const approverDidNotPlan: DistributionGuard = ({ actorId, plannerIds }) =>
  plannerIds.includes(actorId)
    ? blocker('SELF_APPROVAL', 'You planned this distribution or a part of it, so somebody else has to approve it.', [
        'RELEASE_OWNER',
        'RELEASE_MANAGER',
      ])
    : undefined;

/** What was approved, or scheduled where no approval is needed, is what would start. */
export const distributionApprovalIsFresh: DistributionGuard = ({ approvalRequired, approvalIsStale, approvalLapses }) =>
  collectBlockers([
    approvalRequired && approvalIsStale
      ? blocker(
          'APPROVAL_STALE',
          'The distribution has to be approved, and nobody has approved it as it is now. Plan it again and request ' +
            'approval again.',
          ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER'],
        )
      : undefined,
    approvalLapses.map(({ message, subject }) =>
      blocker(
        'APPROVAL_STALE',
        `After the distribution was ${approvalRequired ? 'approved' : 'scheduled'} something changed: ${message}. ` +
          'Plan it again, or plan another one if it has started.',
        ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER'],
        subject && { subject },
      ),
    ),
  ]);

/** The release is not on hold. */
export const distributedReleaseIsNotOnHold: DistributionGuard = ({ release }) =>
  release.onHold === null
    ? undefined
    : blocker(
        'RELEASE_ON_HOLD',
        `Release ${release.name} is on hold: ${release.onHold.reason}. Lift the hold first.`,
        ['RELEASE_MANAGER', 'RELEASE_OWNER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

/**
 * The release is communicated, skips what is left, is being distributed, or ended without delivering to all of its
 * targets.
 */
export const releaseIsReadyForDistribution: DistributionGuard = ({ release }) => {
  const subject = { subject: { type: 'Release', id: release.id } };
  if (release.distributionIsNext === true) return undefined;
  if (['COMMUNICATED', 'DISTRIBUTING', 'PARTIALLY_DEPLOYED', 'FAILED'].includes(release.state)) return undefined;
  if (release.state === 'SCHEDULED') {
    return release.skipsCommunication
      ? undefined
      : blocker(
          'NOT_COMMUNICATED',
          `Release ${release.name} has not been communicated to its stakeholders. Communicate it first.`,
          ['RELEASE_MANAGER'],
          subject,
        );
  }
  return blocker(
    'RELEASE_NOT_READY',
    `Release ${release.name} is ${release.state}. It can be distributed once it is scheduled and communicated.`,
    ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    subject,
  );
};

/** The rules of the release itself, its tasks, changes and acceptance, let its distribution begin. */
export const releaseLetsItStart: DistributionGuard = ({ release }) => [...(release.startBlockers ?? [])];

/**
 * No other distribution of the release is working on the same content of the same target. Two at once would leave open
 * which of them was last, so no waiver allows it.
 */
export const nothingElseWorksThere: DistributionGuard = ({ worksThere }) =>
  (worksThere ?? []).map(({ id, name, target }) =>
    blocker(
      'DISTRIBUTION_NOT_ENDED',
      `Distribution ${name} is still working with the same content on ${target}. Wait until it ends, or stop it.`,
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'Distribution', id } },
    ),
  );

/** Its contents and targets are still in the scope of its release. */
export const scopeIsStillTheReleases: DistributionGuard = ({ outOfScope, release }) =>
  (outOfScope ?? []).map(({ type, id, name }) =>
    blocker(
      'PLAN_INVALID',
      `${name} is no longer ${type === 'ConfigurationItem' ? 'a target' : 'content'} of release ${release.name}. ` +
        'Plan the distribution again.',
      ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
      { subject: { type, id } },
    ),
  );

/** The release is being distributed, or ended without delivering to all of its targets. */
export const releaseAllowsRetry: DistributionGuard = ({ release }) =>
  ['DISTRIBUTING', 'PARTIALLY_DEPLOYED', 'FAILED'].includes(release.state)
    ? undefined
    : blocker(
        'RELEASE_NOT_READY',
        `Release ${release.name} is ${release.state}, so nothing of it can be retried.`,
        ['RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

/** The release is being backed out, or still on its way so that part of it can be. */
export const releaseAllowsBackOut: DistributionGuard = ({ release }) =>
  ['BACKING_OUT', 'DISTRIBUTING'].includes(release.state)
    ? undefined
    : blocker(
        'RELEASE_NOT_READY',
        `Release ${release.name} is ${release.state}. Start its back-out first.`,
        ['RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

/** The change and maintenance windows of the targets are open now. */
export const windowIsOpenNow: DistributionGuard = ({ windowIsOpen, nextOpening }) =>
  windowIsOpen
    ? undefined
    : blocker(
        'WINDOW_CLOSED',
        'A change window of its targets is not open now. Wait for it, plan another time, or have it waived.',
        ['DEPLOYMENT_OPERATOR', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
        {
          waivable: true,
          opensAt: nextOpening,
        },
      );

/** No blackout covers this moment. */
export const noBlackoutCoversNow: DistributionGuard = ({ activeBlackouts, nextOpening }) =>
  activeBlackouts.map((blackout) =>
    blocker(
      'BLACKOUT',
      `Blackout "${blackout.name}" is in force. Wait until it ends, or have it waived.`,
      ['CHANGE_MANAGER', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
      {
        subject: { type: 'ScheduleWindow', id: blackout.id },
        waivable: true,
        opensAt: nextOpening,
      },
    ),
  );

/** Every target is still authorised. */
export const everyTargetIsAuthorised: Guard<Pick<DistributionFacts, 'unauthorisedTargets'>> = ({
  unauthorisedTargets,
}) =>
  unauthorisedTargets.map((ci) =>
    blocker(
      'CI_NOT_AUTHORISED',
      `Configuration item ${ci.name} is not authorised now. Authorise it or take it out of the distribution.`,
      ['CONFIGURATION_MANAGER', 'DEPLOYMENT_OPERATOR'],
      {
        subject: { type: 'ConfigurationItem', id: ci.id },
      },
    ),
  );

/** Every media version is still authorised. */
export const everyMediaIsAuthorised: DistributionGuard = ({ unauthorisedMedia }) =>
  unauthorisedMedia.map((media) =>
    blocker(
      'MEDIA_NOT_AUTHORISED',
      `Media version ${media.name} is not authorised now. ` +
        'It may have been recalled: replace it, or have it authorised.',
      ['DML_LIBRARIAN', 'RELEASE_MANAGER'],
      {
        subject: { type: 'DmlItemVersion', id: media.id },
      },
    ),
  );

/** What a back-out took away, or somebody keeps away, is not installed again before the pins are lifted. */
export const nothingIsPinned: DistributionGuard = ({ pinnedMedia }) =>
  (pinnedMedia ?? []).map(({ id, name, targets, targetCount, reason }) => {
    const more = targetCount - targets.length;
    return blocker(
      'VERSION_PINNED',
      `Pins keep ${name} from ${targets.join(', ')}${more > 0 ? ` and ${more} more` : ''} (${reason}). ` +
        'Lift the pins, or take the targets out of the distribution.',
      ['RELEASE_MANAGER', 'CONFIGURATION_MANAGER'],
      { subject: { type: 'DmlItemVersion', id } },
    );
  });

/** The bytes are those that were baselined at acceptance. */
export const digestsAreAsBaselined: DistributionGuard = ({ alteredMedia }) =>
  alteredMedia.map((media) =>
    blocker(
      'MEDIA_DIGEST_MISMATCH',
      `Media version ${media.name} is not what the release baselined at acceptance. ` +
        'Restore it, or accept the release again.',
      ['DML_LIBRARIAN', 'RELEASE_OWNER'],
      {
        subject: { type: 'DmlItemVersion', id: media.id },
      },
    ),
  );

/** The planned time has not passed without a start. Says why a distribution is MISSED. */
export const plannedTimeWasMissed: DistributionGuard = ({ stateReason }) =>
  blocker(
    'WINDOW_CLOSED',
    `The scheduled time passed before the distribution could start${stateReason ? ` (${stateReason})` : ''}. ` +
      'Plan it again with another time.',
    ['DEPLOYMENT_OPERATOR'],
  );

/** The tool answers. */
export const toolIsHealthy: DistributionGuard = ({ tool }) =>
  tool.state === 'READY'
    ? undefined
    : blocker(
        'ADAPTER_UNHEALTHY',
        `Deployment tool ${tool.name} is ${tool.state}${tool.detail ? ` ("${tool.detail}")` : ''}. ` +
          'Repair or enable it, or plan with another tool.',
        ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
        {
          subject: { type: 'DeploymentTool', id: tool.id },
        },
      );

function toolCan(able: (tool: DistributionFacts['tool']) => boolean, what: string): DistributionGuard {
  return ({ tool }) =>
    able(tool)
      ? undefined
      : blocker('ADAPTER_UNSUPPORTED', `Deployment tool ${tool.name} cannot ${what}.`, ['DEPLOYMENT_OPERATOR'], {
          subject: { type: 'DeploymentTool', id: tool.id },
        });
}

/** The tool can pause. */
export const toolCanPause: DistributionGuard = toolCan(
  (tool) => tool.canPause,
  'pause. Stop the distribution instead, or let it finish',
);

/** The tool can cancel. */
export const toolCanCancel: DistributionGuard = toolCan(
  (tool) => tool.canCancel,
  'cancel what it has begun. Let it finish',
);

/** The tool can check an order in advance. */
export const toolCanPreflight: DistributionGuard = toolCan(
  (tool) => tool.canPreflight,
  'check an order in advance. Start the distribution without a preflight',
);

/** The tool shows its logs. */
export const toolHasLogs: DistributionGuard = toolCan((tool) => tool.hasLogs, 'show its log. Look into the tool');

/** A run that the tool can still stop is stopped, not abandoned: then its end is known. */
export const runCannotBeStopped: DistributionGuard = ({ tool }) =>
  tool.canCancel
    ? blocker(
        'RUN_STOPPABLE',
        `Deployment tool ${tool.name} can stop the distribution. Stop it first, and abandon it only if that does not ` +
          'help.',
        ['DEPLOYMENT_OPERATOR'],
        { subject: { type: 'DeploymentTool', id: tool.id } },
      )
    : undefined;

/**
 * The tool has had its time to end the run, refused to, or is silent. Until then it may still work on targets that
 * would be free for others.
 */
export const timeToEndIsOver: DistributionGuard = ({ mayEndUntil }) =>
  mayEndUntil == null
    ? undefined
    : blocker(
        'RUN_STOPPABLE',
        `The tool has until ${mayEndUntil.toISOString()} to end its work on the targets. Wait for it.`,
        ['DEPLOYMENT_OPERATOR'],
      );

/** Who gives up a run says why. */
export const abandonHasReason: DistributionGuard = ({ reasonGiven }) =>
  reasonGiven === false
    ? blocker('EVIDENCE_MISSING', 'State in "reason" why nobody can end the run.', ['DEPLOYMENT_OPERATOR'], {
        path: ['reason'],
      })
    : undefined;

/** The tool can undo. */
export const toolCanUndo: DistributionGuard = toolCan(
  (tool) => tool.canUndo,
  'undo. Once the release is being backed out, plan a distribution that removes what it delivered, or back out by hand',
);

/** There is something to retry. */
export const someTargetFailed: DistributionGuard = ({ someTargetFailed: failed }) =>
  failed
    ? undefined
    : blocker('NO_TARGETS', 'No target of the last attempt failed, so there is nothing to retry.', [
        'DEPLOYMENT_OPERATOR',
      ]);

/** There is something to take back. */
export const somethingWasDelivered: DistributionGuard = ({ somethingWasDelivered: delivered }) =>
  delivered === false
    ? blocker('NO_TARGETS', 'Nothing was put on any target, so there is nothing to back out.', ['DEPLOYMENT_OPERATOR'])
    : undefined;
