import type { ChangeReleaseRequestFacts } from '../../src/domain/change/change-release-request.machine.js';
import type { ChangeFacts } from '../../src/domain/change/change.machine.js';
import type { ConfigurationItemFacts } from '../../src/domain/cmdb/configuration-item.machine.js';
import type { TargetGroupFacts } from '../../src/domain/distribution/target-group.machine.js';
import type { DeploymentToolFacts } from '../../src/domain/distribution/deployment-tool.machine.js';
import type { DistributionFacts } from '../../src/domain/distribution/distribution.guards.js';
import type { DmlItemVersionFacts } from '../../src/domain/library/dml-item-version.machine.js';
import type { ReleaseFacts } from '../../src/domain/release/release.guards.js';
import type { TaskFacts } from '../../src/domain/release/task.guards.js';
import type { TemplateVersionFacts } from '../../src/domain/release/template-version.machine.js';

/** Facts with which every guard of a machine is content. Tests spoil one at a time. */
const actor = { actorId: 'actor', actorRoles: [] } as const;

export const goodReleaseFacts: ReleaseFacts = {
  ...actor,
  release: { id: 'release-1', name: 'REL-1', state: 'DRAFT', ownerId: 'actor', managerId: 'planner' },
  onHold: null,
  skippedStates: [],
  openTasks: [],
  emptyStates: [],
  ownerId: 'actor',
  plannerIds: ['planner'],
  hasBackOutPlan: true,
  backOutPlanRequired: true,
  testEvidenceRequired: true,
  criticalTargets: [],
  contents: [{ id: 'media-1', name: 'payroll 4.0', digest: 'aa' }],
  completedTests: [
    {
      id: 'task-1',
      name: 'regression',
      testerId: 'tester',
      testedOn: [{ id: 'media-1', name: 'payroll 4.0', digest: 'aa' }],
    },
  ],
  approvals: [{ id: 'task-2', name: 'sign-off', mandatory: true, role: null, approverId: 'approver' }],
  contributorIds: ['planner'],
  contentCount: 1,
  duplicateContent: [],
  targetCount: 1,
  unauthorisedTargets: [],
  uncoveredTargets: [],
  decommissionedTargets: [],
  unauthorisedMedia: [],
  changes: [{ id: 'change-1', name: 'CHG-1', state: 'CANCELLED' }],
  missingPredecessors: [],
  acceptanceLapses: [],
  hasSchedule: true,
  conflicts: [],
  distributions: [{ id: 'distribution-1', name: 'DST-1', state: 'FAILED' }],
  reviewRecorded: true,
};

export const goodChangeFacts: ChangeFacts = {
  actorId: 'actor',
  actorRoles: ['CHANGE_MANAGER'],
  name: 'CHG-1',
  type: 'NORMAL',
  requesterId: 'requester',
  authorIds: ['requester'],
  risk: 'MEDIUM',
  isAssessed: true,
  hasBackOutPlan: true,
  targetCount: 1,
  protectedTargets: [],
  hasEvidence: true,
  release: null,
  outcome: 'SUCCESSFUL',
};

export const goodRequestFacts: ChangeReleaseRequestFacts = {
  actorId: 'actor',
  actorRoles: ['CHANGE_MANAGER'],
  requesterId: 'requester',
  change: { id: 'change-1', name: 'CHG-1', state: 'AUTHORISED', type: 'NORMAL' },
  changeLiveRelease: null,
  release: { id: 'release-1', name: 'REL-1', state: 'PLANNING', ownerId: 'actor' },
  isTooLate: false,
  retiredTargets: [],
  decommissionedTargets: [],
  replanningAgreed: false,
};

export const goodTaskFacts: TaskFacts = {
  ...actor,
  release: { id: 'release-1', name: 'REL-1', ownerId: 'owner', managerId: 'actor' },
  releaseState: 'PLANNING',
  onHold: null,
  phaseHasBegun: true,
  openPredecessors: [],
  assigneeId: 'actor',
  role: null,
  kind: 'MANUAL',
  mandatory: false,
  waivers: [],
  ownerId: 'owner',
  plannerIds: ['planner'],
  contributorIds: ['planner', 'builder'],
  hasEvidence: false,
};

export const goodTemplateVersionFacts: TemplateVersionFacts = { ...actor, authorIds: ['author'], planProblems: [] };

export const goodConfigurationItemFacts: ConfigurationItemFacts = {
  ...actor,
  id: 'ci-1',
  name: 'web-1',
  isRetired: false,
  lifecycleState: 'BUILD',
  changes: [],
  liveDistributions: [],
  workOnIt: [],
};

export const goodDmlItemVersionFacts: DmlItemVersionFacts = {
  ...actor,
  authorIds: ['author'],
  claimedDigest: 'aa',
  computedDigest: 'aa',
  isVerified: true,
  liveReleases: [],
  pinCount: 1,
};

export const goodDeploymentToolFacts: DeploymentToolFacts = { ...actor, liveDistributions: [] };

export const goodTargetGroupFacts: TargetGroupFacts = actor;

export const goodDistributionFacts: DistributionFacts = {
  waves: { unplaced: [], passed: null, next: null },
  ...actor,
  operation: 'INSTALL',
  plannerIds: ['planner'],
  approvalRequired: false,
  approvalIsStale: false,
  approvalLapses: [],
  release: {
    id: 'release-1',
    name: 'REL-1',
    state: 'DISTRIBUTING',
    ownerId: 'actor',
    managerId: 'manager',
    onHold: null,
    skipsCommunication: false,
    slot: { startsAt: new Date('2026-11-01T20:00:00Z'), endsAt: new Date('2026-11-02T04:00:00Z') },
    slotIsBooked: true,
    skipsScheduling: false,
  },
  ownTime: { startsAt: new Date('2026-11-01T22:00:00Z'), endsAt: new Date('2026-11-01T23:00:00Z') },
  now: new Date('2026-11-01T22:00:00Z'),
  toolReceivedIt: false,
  windowIsWaived: false,
  conflicts: [],
  leftOut: [],
  hasPlannedStart: true,
  windowIsOpen: true,
  activeBlackouts: [],
  targetCount: 2,
  unauthorisedTargets: [],
  uncoveredTargets: [],
  decommissionedTargets: [],
  unauthorisedMedia: [],
  alteredMedia: [],
  tool: {
    id: 'tool-1',
    name: 'lab',
    state: 'READY',
    canPause: true,
    canCancel: true,
    canUndo: true,
    canPreflight: true,
    hasLogs: true,
  },
  someTargetFailed: true,
};
