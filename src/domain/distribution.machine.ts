import { blocker, type Blocker, type NamedRef } from './blocker.js';
import type { DeploymentToolState } from './deployment-tool.machine.js';
import type { ReleaseState } from './release.machine.js';
import type { ActorFacts } from './roles.js';
import type { Guard, Machine } from './state-machine.js';

/** The states of a distribution: one package sent to a set of targets by one deployment tool. */
export const DISTRIBUTION_STATES = [
  'PLANNED',
  'AWAITING_APPROVAL',
  'SCHEDULED',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'PARTIALLY_SUCCEEDED',
  'FAILED',
  'PAUSED',
  'STOPPING',
  'STOPPED',
  'BACKING_OUT',
  'BACKED_OUT',
  'START_UNKNOWN',
  'MISSED',
] as const;

/** One of {@link DISTRIBUTION_STATES}. */
export type DistributionState = (typeof DISTRIBUTION_STATES)[number];

/** What each state means. */
export const DISTRIBUTION_STATE_DESCRIPTIONS: Readonly<Record<DistributionState, string>> = {
  PLANNED: 'Targets, tool and time can still be changed.',
  AWAITING_APPROVAL: 'Waiting for somebody other than its planner to approve it.',
  SCHEDULED: 'Will start at its time, or when an operator starts it.',
  STARTING: 'The intent is stored and the tool is being asked to run it.',
  RUNNING: 'The tool confirmed that it has it.',
  SUCCEEDED: 'Every target succeeded or needed nothing.',
  PARTIALLY_SUCCEEDED: 'Some targets succeeded and some did not.',
  FAILED: 'No target succeeded, or the tool refused it.',
  PAUSED: 'Held; targets already in the tool may still finish.',
  STOPPING: 'A stop was asked for and the tool has not confirmed it for every target.',
  STOPPED: 'Ended on request before it was complete, possibly before it began.',
  BACKING_OUT: 'Its targets are being returned to their previous state.',
  BACKED_OUT: 'Its targets were returned to their previous state. Final.',
  START_UNKNOWN: 'It was sent, no answer came, and the tool cannot say whether it runs: a person has to find out.',
  MISSED: 'Its window closed before it could start.',
};

/** What a distribution does on its targets. */
export const DISTRIBUTION_OPERATIONS = ['INSTALL', 'REMOVE', 'VERIFY', 'UNDO', 'COMMIT'] as const;

/** One of {@link DISTRIBUTION_OPERATIONS}. */
export type DistributionOperation = (typeof DISTRIBUTION_OPERATIONS)[number];

/** What each operation does. */
export const DISTRIBUTION_OPERATION_DESCRIPTIONS: Readonly<Record<DistributionOperation, string>> = {
  INSTALL: 'Puts the content on the targets.',
  REMOVE: 'Takes the content off the targets.',
  VERIFY: 'Checks that the targets carry the content, and changes nothing.',
  UNDO: 'Returns the targets to what they carried before, where the tool kept it.',
  COMMIT: 'Makes an installation final, so that it can no longer be undone.',
};

/** Commands on a distribution. */
export const DISTRIBUTION_COMMANDS = [
  'requestApproval',
  'approve',
  'schedule',
  'start',
  'submitted',
  'startUnknown',
  'reconcile',
  'pause',
  'resume',
  'stop',
  'finishSucceeded',
  'finishPartiallySucceeded',
  'finishFailed',
  'finishStopped',
  'miss',
  'retryFailed',
  'startBackOut',
  'completeBackOut',
  'cancel',
  'replan',
] as const;

/** One of {@link DISTRIBUTION_COMMANDS}. */
export type DistributionCommand = (typeof DISTRIBUTION_COMMANDS)[number];

/** What an operator can say about a distribution whose start is unknown. */
export const RECONCILE_DECISIONS = ['STARTED', 'NOT_STARTED', 'ABANDONED'] as const;

/** One of {@link RECONCILE_DECISIONS}. */
export type ReconcileDecision = (typeof RECONCILE_DECISIONS)[number];

/** What each decision means. */
export const RECONCILE_DECISION_DESCRIPTIONS: Readonly<Record<ReconcileDecision, string>> = {
  STARTED: 'The tool is running it after all: observe it.',
  NOT_STARTED: 'The tool never began it: it may be started again.',
  ABANDONED: 'Nobody can tell: record it as failed, with its targets unknown.',
};

/** States in which a distribution is over as far as its release is concerned. Late truth, retry and back-out can still follow. */
export const ENDED_DISTRIBUTION_STATES = [
  'SUCCEEDED',
  'PARTIALLY_SUCCEEDED',
  'FAILED',
  'STOPPED',
  'BACKED_OUT',
] as const satisfies readonly DistributionState[];

/** Whether a distribution in this state is over as far as its release is concerned. */
export function distributionHasEnded(state: DistributionState): boolean {
  return (ENDED_DISTRIBUTION_STATES as readonly DistributionState[]).includes(state);
}

/** What the rules of a distribution need to know. Gather it afresh for every decision: a start re-checks all of it. */
export interface DistributionFacts extends ActorFacts {
  /** Who planned it, or re-planned it last. */
  readonly plannerId: string;
  readonly approvalRequired: boolean;
  /** Whether plan, targets or media changed after the approval. */
  readonly approvalIsStale: boolean;
  readonly release: NamedRef & {
    readonly state: ReleaseState;
    readonly onHold: { readonly reason: string } | null;
    readonly skipsCommunication: boolean;
    /** What the release's own rules say against its being distributed now; empty when it is being distributed already. */
    readonly startBlockers?: readonly Blocker[];
  };
  /** Targets and media of the distribution that are no longer in the scope of its release. */
  readonly outOfScope?: readonly (NamedRef & { readonly type: 'ConfigurationItem' | 'DmlItemVersion' })[];
  readonly hasPlannedStart: boolean;
  /** Whether now is inside its planned window (always true when it has none). */
  readonly windowIsOpen: boolean;
  /** Blackouts that cover now, on its targets or everywhere, without a valid override. */
  readonly activeBlackouts: readonly NamedRef[];
  readonly targetCount: number;
  /** Targets that are not AUTHORISED in the CMDB now. */
  readonly unauthorisedTargets: readonly NamedRef[];
  /** Media of the package that are not AUTHORISED in the DML now. */
  readonly unauthorisedMedia: readonly NamedRef[];
  /** Media whose digest is not the one baselined when the release was accepted. */
  readonly alteredMedia: readonly NamedRef[];
  readonly tool: NamedRef & {
    readonly state: DeploymentToolState;
    /** Whether the tool, or the server on its behalf between waves, can pause. */
    readonly canPause: boolean;
    readonly canCancel: boolean;
    readonly canUndo: boolean;
  };
  /** How many targets of the last attempt did not succeed. */
  readonly failedTargetCount: number;
  /** On how many targets there is something that a back-out could take away; absent where nobody counted. */
  readonly deliveredTargetCount?: number;
  /** With the command `reconcile`: what the operator found. */
  readonly reconcileDecision?: ReconcileDecision;
}

type DistributionGuard = Guard<DistributionFacts>;

/** There is at least one target; "none" never means "all". */
export const distributionHasTargets: DistributionGuard = ({ targetCount }) =>
  targetCount > 0 ? undefined : blocker('NO_TARGETS', 'The distribution has no target. Add at least one configuration item or group.', ['DEPLOYMENT_OPERATOR']);

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
    ? blocker('APPROVAL_MISSING', 'This distribution has to be approved. Request its approval.', ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER'])
    : undefined;

/** Who planned it does not approve it. */
export const approverDidNotPlan: DistributionGuard = ({ actorId, plannerId }) =>
  actorId === plannerId
    ? blocker('SELF_APPROVAL', 'You planned this distribution, so somebody else has to approve it.', ['RELEASE_OWNER', 'RELEASE_MANAGER'])
    : undefined;

/** What was approved is what would start. */
export const distributionApprovalIsFresh: DistributionGuard = ({ approvalRequired, approvalIsStale }) =>
  approvalRequired && approvalIsStale
    ? blocker('APPROVAL_STALE', 'The distribution changed after it was approved. Plan it again and request approval again.', [
        'DEPLOYMENT_OPERATOR',
        'RELEASE_OWNER',
      ])
    : undefined;

/** The release is not on hold. */
export const distributedReleaseIsNotOnHold: DistributionGuard = ({ release }) =>
  release.onHold === null
    ? undefined
    : blocker('RELEASE_ON_HOLD', `Release ${release.name} is on hold: ${release.onHold.reason}. Lift the hold first.`, ['RELEASE_MANAGER', 'RELEASE_OWNER'], {
        subject: { type: 'Release', id: release.id },
      });

/** The release has come far enough to be distributed, its communication included, or ended with targets to make up for. */
export const releaseIsReadyForDistribution: DistributionGuard = ({ release }) => {
  const subject = { subject: { type: 'Release', id: release.id } };
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

/** What it delivers, and where to, is still what its release is about. */
export const scopeIsStillTheReleases: DistributionGuard = ({ outOfScope, release }) =>
  (outOfScope ?? []).map(({ type, id, name }) =>
    blocker(
      'PLAN_INVALID',
      `${name} is no longer ${type === 'ConfigurationItem' ? 'a target' : 'content'} of release ${release.name}. Plan the distribution again.`,
      ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
      { subject: { type, id } },
    ),
  );

/** The release is being distributed or ended with targets to make up for. */
export const releaseAllowsRetry: DistributionGuard = ({ release }) =>
  ['DISTRIBUTING', 'PARTIALLY_DEPLOYED', 'FAILED'].includes(release.state)
    ? undefined
    : blocker('RELEASE_NOT_READY', `Release ${release.name} is ${release.state}, so nothing of it can be retried.`, ['RELEASE_MANAGER'], {
        subject: { type: 'Release', id: release.id },
      });

/** The release is being backed out, or still on its way so that part of it can be. */
export const releaseAllowsBackOut: DistributionGuard = ({ release }) =>
  ['BACKING_OUT', 'DISTRIBUTING'].includes(release.state)
    ? undefined
    : blocker('RELEASE_NOT_READY', `Release ${release.name} is ${release.state}. Start its back-out first.`, ['RELEASE_MANAGER'], {
        subject: { type: 'Release', id: release.id },
      });

/** The planned window is open now. */
export const windowIsOpenNow: DistributionGuard = ({ windowIsOpen }) =>
  windowIsOpen
    ? undefined
    : blocker('WINDOW_CLOSED', 'Its change window is not open now. Wait for the window, or plan another time.', ['DEPLOYMENT_OPERATOR', 'CHANGE_MANAGER'], {
        waivable: true,
      });

/** No blackout covers this moment. */
export const noBlackoutCoversNow: DistributionGuard = ({ activeBlackouts }) =>
  activeBlackouts.map((blackout) =>
    blocker('BLACKOUT', `Blackout "${blackout.name}" is in force. Wait until it ends, or get an override.`, ['CHANGE_MANAGER'], {
      subject: { type: 'ScheduleWindow', id: blackout.id },
      waivable: true,
    }),
  );

/** Every target is still authorised. */
export const everyTargetIsAuthorised: DistributionGuard = ({ unauthorisedTargets }) =>
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
      `Media version ${media.name} is not authorised now. It may have been recalled: replace it, or have it authorised.`,
      ['DML_LIBRARIAN', 'RELEASE_MANAGER'],
      {
        subject: { type: 'DmlItemVersion', id: media.id },
      },
    ),
  );

/** The bytes are those that were baselined at acceptance. */
export const digestsAreAsBaselined: DistributionGuard = ({ alteredMedia }) =>
  alteredMedia.map((media) =>
    blocker(
      'MEDIA_DIGEST_MISMATCH',
      `Media version ${media.name} is not what the release baselined at acceptance. Restore it, or accept the release again.`,
      ['DML_LIBRARIAN', 'RELEASE_OWNER'],
      {
        subject: { type: 'DmlItemVersion', id: media.id },
      },
    ),
  );

/** The tool answers. */
export const toolIsHealthy: DistributionGuard = ({ tool }) =>
  tool.state === 'READY'
    ? undefined
    : blocker(
        'ADAPTER_UNHEALTHY',
        `Deployment tool ${tool.name} is ${tool.state}. Repair or enable it, or plan with another tool.`,
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
export const toolCanPause: DistributionGuard = toolCan((tool) => tool.canPause, 'pause. Stop the distribution instead, or let it finish');

/** The tool can cancel. */
export const toolCanCancel: DistributionGuard = toolCan((tool) => tool.canCancel, 'cancel what it has begun. Let it finish');

/** The tool can undo. */
export const toolCanUndo: DistributionGuard = toolCan((tool) => tool.canUndo, 'undo. Back out by distributing the previous version, or by hand');

/** There is something to retry. */
export const someTargetFailed: DistributionGuard = ({ failedTargetCount }) =>
  failedTargetCount > 0 ? undefined : blocker('NO_TARGETS', 'No target of the last attempt failed, so there is nothing to retry.', ['DEPLOYMENT_OPERATOR']);

/** There is something to take back. */
export const somethingWasDelivered: DistributionGuard = ({ deliveredTargetCount }) =>
  deliveredTargetCount === 0 ? blocker('NO_TARGETS', 'Nothing was put on any target, so there is nothing to take back.', ['DEPLOYMENT_OPERATOR']) : undefined;

const MATERIAL_IS_RIGHT: readonly DistributionGuard[] = [
  distributionHasTargets,
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  everyMediaIsAuthorised,
  digestsAreAsBaselined,
];
const MOMENT_IS_RIGHT: readonly DistributionGuard[] = [distributedReleaseIsNotOnHold, windowIsOpenNow, noBlackoutCoversNow, toolIsHealthy];
const decided =
  (decision: ReconcileDecision | undefined) =>
  (facts: DistributionFacts): boolean =>
    facts.reconcileDecision === decision;

/** The life cycle of a distribution. */
export const distributionMachine: Machine<DistributionState, DistributionCommand, DistributionFacts> = {
  name: 'distribution',
  initial: 'PLANNED',
  states: DISTRIBUTION_STATES,
  final: ['BACKED_OUT'],
  commands: DISTRIBUTION_COMMANDS,
  rows: [
    {
      from: 'PLANNED',
      command: 'requestApproval',
      to: 'AWAITING_APPROVAL',
      guards: [distributionHasTargets, distributionHasPlannedStart],
    },
    {
      from: 'AWAITING_APPROVAL',
      command: 'approve',
      to: 'SCHEDULED',
      guards: [approverDidNotPlan, distributionHasPlannedStart, ...MATERIAL_IS_RIGHT],
    },
    {
      from: 'PLANNED',
      command: 'schedule',
      to: 'SCHEDULED',
      guards: [approvalIsNotRequired, distributionHasPlannedStart, ...MATERIAL_IS_RIGHT],
    },
    {
      from: 'SCHEDULED',
      command: 'start',
      to: 'STARTING',
      guards: [releaseIsReadyForDistribution, releaseLetsItStart, distributionApprovalIsFresh, ...MOMENT_IS_RIGHT, ...MATERIAL_IS_RIGHT],
    },
    { from: ['STARTING', 'START_UNKNOWN'], command: 'submitted', to: 'RUNNING', system: true },
    { from: 'STARTING', command: 'startUnknown', to: 'START_UNKNOWN', system: true },
    { from: 'START_UNKNOWN', command: 'reconcile', to: 'RUNNING', when: decided('STARTED') },
    { from: 'START_UNKNOWN', command: 'reconcile', to: 'SCHEDULED', when: decided('NOT_STARTED') },
    { from: 'START_UNKNOWN', command: 'reconcile', to: 'FAILED', when: decided('ABANDONED') },
    // Without a decision nothing is settled: this row lets the command be offered before an operator has said anything.
    { from: 'START_UNKNOWN', command: 'reconcile', to: 'START_UNKNOWN', when: decided(undefined) },
    { from: 'RUNNING', command: 'pause', to: 'PAUSED', guards: [toolCanPause] },
    { from: 'PAUSED', command: 'resume', to: 'RUNNING', guards: [...MOMENT_IS_RIGHT, ...MATERIAL_IS_RIGHT] },
    { from: ['RUNNING', 'PAUSED'], command: 'stop', to: 'STOPPING', guards: [toolCanCancel] },
    // The later rows of each finish correct an end that a late report from the tool has overtaken.
    { from: ['RUNNING', 'PAUSED', 'STOPPING'], command: 'finishSucceeded', to: 'SUCCEEDED', system: true },
    { from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'], command: 'finishSucceeded', to: 'SUCCEEDED', system: true },
    {
      // From STARTING: a retry that the tool refused leaves the successes of earlier attempts standing.
      from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING'],
      command: 'finishPartiallySucceeded',
      to: 'PARTIALLY_SUCCEEDED',
      system: true,
    },
    { from: ['FAILED', 'STOPPED'], command: 'finishPartiallySucceeded', to: 'PARTIALLY_SUCCEEDED', system: true },
    {
      from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT'],
      command: 'finishFailed',
      to: 'FAILED',
      system: true,
    },
    { from: 'STOPPED', command: 'finishFailed', to: 'FAILED', system: true },
    { from: ['RUNNING', 'PAUSED', 'STOPPING'], command: 'finishStopped', to: 'STOPPED', system: true },
    { from: 'SCHEDULED', command: 'miss', to: 'MISSED', system: true },
    {
      from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      command: 'retryFailed',
      to: 'STARTING',
      guards: [releaseAllowsRetry, releaseLetsItStart, someTargetFailed, distributionApprovalIsFresh, ...MOMENT_IS_RIGHT, ...MATERIAL_IS_RIGHT],
    },
    {
      from: ['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      command: 'startBackOut',
      to: 'BACKING_OUT',
      guards: [releaseAllowsBackOut, somethingWasDelivered, toolIsHealthy, toolCanUndo],
    },
    { from: 'BACKING_OUT', command: 'completeBackOut', to: 'BACKED_OUT', system: true },
    { from: ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'], command: 'cancel', to: 'STOPPED' },
    { from: ['AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'], command: 'replan', to: 'PLANNED' },
  ],
};
