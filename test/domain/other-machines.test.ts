import { describe, expect, test } from '@jest/globals';
import {
  CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS,
  CHANGE_RELEASE_REQUEST_STATES,
  changeReleaseRequestMachine,
  REQUEST_MODE_DESCRIPTIONS,
  REQUEST_MODES,
  type ChangeReleaseRequestFacts,
} from '../../src/domain/change/change-release-request.machine.js';
import { CHANGE_STATES } from '../../src/domain/change/change.machine.js';
import {
  CI_CLASSES,
  CI_RELATION_KINDS,
  CONFIGURATION_ITEM_STATES,
  configurationItemMachine,
  CRITICALITIES,
  CRITICALITY_DESCRIPTIONS,
  criticalityIsAtMost,
  IMPACT_TO_SOURCE_KINDS,
  IMPACT_TO_TARGET_KINDS,
  LIFECYCLE_STATE_DESCRIPTIONS,
  LIFECYCLE_STATES,
  becomesProtected,
  protectedEdit,
  takesOutOfService,
} from '../../src/domain/cmdb/configuration-item.machine.js';
import { deploymentToolMachine } from '../../src/domain/distribution/deployment-tool.machine.js';
import { targetGroupMachine, type TargetGroupCommand } from '../../src/domain/distribution/target-group.machine.js';
import { dmlItemVersionMachine } from '../../src/domain/library/dml-item-version.machine.js';
import { RELEASE_STATES } from '../../src/domain/release/release.state.js';
import { availableCommands, decide } from '../../src/domain/state-machine.js';
import {
  TASK_KIND_DESCRIPTIONS,
  TASK_KINDS,
  TASK_STATE_DESCRIPTIONS,
  TASK_STATES,
  taskMachine,
  type TaskState,
} from '../../src/domain/release/task.machine.js';
import type { TaskFacts } from '../../src/domain/release/task.guards.js';
import {
  templateVersionMachine,
  type TemplateVersionFacts,
} from '../../src/domain/release/template-version.machine.js';
import {
  goodConfigurationItemFacts,
  goodDeploymentToolFacts,
  goodDmlItemVersionFacts,
  goodRequestFacts,
  goodTargetGroupFacts,
  goodTaskFacts,
  goodTemplateVersionFacts,
} from './facts.js';
import { actualTable, refusal, table } from './matrix.js';

const thing = { id: 'thing-1', name: 'Thing' };

describe('change release request machine', () => {
  const approve = (fault: Partial<ChangeReleaseRequestFacts>): string[] =>
    refusal(changeReleaseRequestMachine, 'SUBMITTED', 'changeReleaseRequestApprove', { ...goodRequestFacts, ...fault });
  const { change, release } = goodRequestFacts;

  test('does exactly this', () => {
    expect(actualTable(changeReleaseRequestMachine, goodRequestFacts)).toEqual(
      table(`
        SUBMITTED: approve>APPROVED reject>REJECTED rejectUnasked>REJECTED withdraw>WITHDRAWN expire>EXPIRED
        APPROVED:
        REJECTED:
        WITHDRAWN:
        EXPIRED:
      `),
    );
    expect(Object.keys(CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS)).toEqual([...CHANGE_RELEASE_REQUEST_STATES]);
    expect(Object.keys(REQUEST_MODE_DESCRIPTIONS)).toEqual([...REQUEST_MODES]);
  });

  test('only the owner of the very release decides, and never the requester', () => {
    expect(approve({ release: { ...release!, ownerId: 'somebody' } })).toEqual(['NOT_RELEASE_OWNER']);
    expect(approve({ release: { ...release!, ownerId: null } })).toEqual(['NOT_RELEASE_OWNER']);
    expect(approve({ requesterId: 'actor' })).toEqual(['SELF_APPROVAL']);
    expect(
      refusal(changeReleaseRequestMachine, 'SUBMITTED', 'changeReleaseRequestReject', {
        ...goodRequestFacts,
        release: { ...release!, ownerId: 'somebody' },
      }),
    ).toEqual(['NOT_RELEASE_OWNER']);
  });

  test('only the requester or a change manager withdraws', () => {
    const withdraw = (fault: Partial<ChangeReleaseRequestFacts>) =>
      refusal(changeReleaseRequestMachine, 'SUBMITTED', 'changeReleaseRequestWithdraw', {
        ...goodRequestFacts,
        ...fault,
      });
    expect(withdraw({ requesterId: 'actor', actorRoles: [] })).toEqual([]);
    expect(withdraw({ actorRoles: ['RELEASE_MANAGER'] })).toEqual(['NOT_REQUESTER']);
  });

  test('a request for any available release needs a choice', () => {
    expect(approve({ release: null })).toEqual(['RELEASE_NOT_CHOSEN']);
    expect(
      refusal(changeReleaseRequestMachine, 'SUBMITTED', 'changeReleaseRequestReject', {
        ...goodRequestFacts,
        release: null,
      }),
    ).toEqual([]);
  });

  test('the change is authorised, or standard and on its way', () => {
    const fits = (type: 'NORMAL' | 'STANDARD') =>
      CHANGE_STATES.filter((state) => approve({ change: { ...change, state, type } }).length === 0);
    expect(fits('NORMAL')).toEqual(['AUTHORISED']);
    expect(fits('STANDARD')).toEqual(['OPEN', 'ACCEPTED', 'ASSESSED', 'AUTHORISED']);
  });

  test('the scope of the release is open, or re-planning is agreed', () => {
    const open = (replanningAgreed: boolean) =>
      RELEASE_STATES.filter((state) => approve({ release: { ...release!, state }, replanningAgreed }).length === 0);
    expect(open(false)).toEqual(['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED']);
    expect(open(true)).toEqual(['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED']);
  });

  test('tells everything that is wrong at once', () => {
    expect(
      approve({
        requesterId: 'actor',
        change: { ...change, state: 'REJECTED' },
        changeLiveRelease: thing,
        release: { ...release!, state: 'DEPLOYED', ownerId: 'somebody' },
        retiredTargets: [thing, thing],
      }),
    ).toEqual([
      'CHANGE_IN_OTHER_RELEASE',
      'CHANGE_NOT_AUTHORISED',
      'CI_NOT_AUTHORISED',
      'CI_NOT_AUTHORISED',
      'NOT_RELEASE_OWNER',
      'RELEASE_NOT_OPEN_FOR_SCOPE',
      'SELF_APPROVAL',
    ]);
  });
});

describe('task machine', () => {
  /** A release of somebody else. */
  const foreign = { release: { id: 'release-2', name: 'REL-2', ownerId: 'owner', managerId: 'manager' } };
  const open = (state: TaskState) => `assign>${state} claim>${state} update>${state}`;
  const unstarted = (state: TaskState) => `${open(state)} move>${state} setPredecessors>${state} remove>${state}`;

  test('does exactly this', () => {
    const working = open('IN_PROGRESS');
    const leaves = 'start>IN_PROGRESS skip>SKIPPED cancel>CANCELLED';
    // Of a task with a distribution.
    const begun = 'followStart>IN_PROGRESS followComplete>COMPLETED';
    const ends = 'followUnstart>READY followComplete>COMPLETED followFail>FAILED';
    expect(actualTable(taskMachine, goodTaskFacts)).toEqual(
      table(`
        PLANNED: ${begun} block>BLOCKED ready>READY ${leaves} ${unstarted('PLANNED')}
        BLOCKED: ${begun} ready>READY ${leaves} ${unstarted('BLOCKED')}
        READY: ${begun} block>BLOCKED ${leaves} ${unstarted('READY')}
        IN_PROGRESS: ${ends} requestInput>WAITING_FOR_INPUT complete>COMPLETED fail>FAILED cancel>CANCELLED ${working}
        WAITING_FOR_INPUT: ${ends} provideInput>IN_PROGRESS fail>FAILED cancel>CANCELLED ${open('WAITING_FOR_INPUT')}
        COMPLETED:
        FAILED: ${begun} retry>READY skip>SKIPPED cancel>CANCELLED ${open('FAILED')}
        SKIPPED:
        CANCELLED:
      `),
    );
    expect(availableCommands(taskMachine, 'READY', goodTaskFacts).map(({ command }) => command)).toEqual([
      'taskStart',
      'taskSkip',
      'taskAssign',
      'taskClaim',
      'taskUpdate',
      'taskMove',
      'taskSetPredecessors',
      'taskRemove',
    ]);
    expect(Object.keys(TASK_STATE_DESCRIPTIONS)).toEqual([...TASK_STATES]);
    expect(Object.keys(TASK_KIND_DESCRIPTIONS)).toEqual([...TASK_KINDS]);
  });

  test.each<[string, Partial<TaskFacts>, string[]]>([
    ['its assignee', {}, []],
    [
      'a holder of the role, while nobody claimed it',
      { assigneeId: null, role: 'TEST_MANAGER', actorRoles: ['TEST_MANAGER'] },
      [],
    ],
    [
      'a holder of the role, after somebody else claimed it',
      { ...foreign, assigneeId: 'other', role: 'TEST_MANAGER', actorRoles: ['TEST_MANAGER'] },
      ['TASK_NOT_ASSIGNED'],
    ],
    ['somebody without the role', { ...foreign, assigneeId: null, role: 'TEST_MANAGER' }, ['TASK_NOT_ASSIGNED']],
    [
      'anybody, when neither role nor person is named',
      { ...foreign, assigneeId: null, actorRoles: ['AUDITOR'] },
      ['TASK_NOT_ASSIGNED'],
    ],
    ['the manager of the release', { assigneeId: 'other', actorRoles: ['RELEASE_MANAGER'] }, []],
    [
      'the manager of another release',
      { ...foreign, assigneeId: 'other', actorRoles: ['RELEASE_MANAGER'] },
      ['TASK_NOT_ASSIGNED'],
    ],
    [
      'the manager of another release, when the role is that of a manager',
      { ...foreign, assigneeId: null, role: 'RELEASE_MANAGER', actorRoles: ['RELEASE_MANAGER'] },
      ['TASK_NOT_ASSIGNED'],
    ],
    [
      'the owner of another release, when the role is that of an owner',
      { ...foreign, assigneeId: null, role: 'RELEASE_OWNER', actorRoles: ['RELEASE_OWNER'] },
      ['TASK_NOT_ASSIGNED'],
    ],
  ])('may be started by: %s', (_, fault, codes) => {
    expect(refusal(taskMachine, 'READY', 'taskStart', { ...goodTaskFacts, ...fault })).toEqual(codes);
  });

  test('tells everything that is wrong at once', () => {
    const broken: TaskFacts = {
      ...goodTaskFacts,
      ...foreign,
      onHold: { reason: 'audit' },
      phaseHasBegun: false,
      openPredecessors: [thing, thing],
      assigneeId: 'other',
    };
    expect(refusal(taskMachine, 'READY', 'taskStart', broken)).toEqual([
      'RELEASE_ON_HOLD',
      'TASK_NOT_ASSIGNED',
      'TASK_PHASE_NOT_REACHED',
      'TASK_PREDECESSOR',
      'TASK_PREDECESSOR',
    ]);
  });

  test('tests and hardware need evidence, mandatory tasks a waiver with a reason', () => {
    const needing = TASK_KINDS.filter(
      (kind) => refusal(taskMachine, 'IN_PROGRESS', 'taskComplete', { ...goodTaskFacts, kind }).length > 0,
    );
    expect(needing).toEqual(['TEST', 'HARDWARE']);
    expect(
      refusal(taskMachine, 'IN_PROGRESS', 'taskComplete', { ...goodTaskFacts, kind: 'TEST', hasEvidence: true }),
    ).toEqual(['NOT_TEST_MANAGER']);
    const byTester: TaskFacts = { ...goodTaskFacts, kind: 'TEST', hasEvidence: true, actorRoles: ['TEST_MANAGER'] };
    expect(refusal(taskMachine, 'IN_PROGRESS', 'taskComplete', byTester)).toEqual([]);
    expect(refusal(taskMachine, 'IN_PROGRESS', 'taskComplete', { ...byTester, contributorIds: ['actor'] })).toEqual([
      'SELF_APPROVAL',
    ]);
    const mandatory = { ...goodTaskFacts, mandatory: true };
    expect(refusal(taskMachine, 'READY', 'taskSkip', mandatory)).toEqual(['WAIVER_REQUIRED']);
    const waivers = [{ reason: 'Done by the vendor.', grantedById: 'owner' }];
    expect(refusal(taskMachine, 'READY', 'taskSkip', { ...mandatory, waivers })).toEqual([]);
  });
});

describe('template version machine', () => {
  test('does exactly this', () => {
    expect(actualTable(templateVersionMachine, goodTemplateVersionFacts)).toEqual([
      'DRAFT: publish>PUBLISHED retire>RETIRED update>DRAFT',
      'PUBLISHED: retire>RETIRED',
      'RETIRED:',
    ]);
  });

  test('is published by a second person, and only without problems', () => {
    const decision = decide(templateVersionMachine, 'DRAFT', 'releaseTemplateVersionPublish', {
      ...goodTemplateVersionFacts,
      authorIds: ['actor', 'last'],
      planProblems: [{ path: ['phases', 0], message: 'Wrong.' }],
    });
    expect(decision.ok ? [] : decision.blockers).toMatchObject([
      { code: 'SELF_APPROVAL' },
      { code: 'PLAN_INVALID', message: 'Wrong.', path: ['plan', 'phases', '0'] },
    ]);
  });

  test('gets another plan only without problems, whatever the stored one has', () => {
    const update = (newPlanProblems?: TemplateVersionFacts['newPlanProblems']) =>
      decide(templateVersionMachine, 'DRAFT', 'releaseTemplateVersionUpdate', {
        ...goodTemplateVersionFacts,
        authorIds: ['actor', 'last'],
        planProblems: [{ path: [], message: 'Wrong.' }],
        ...(newPlanProblems && { newPlanProblems }),
      });
    expect(update()).toEqual({ ok: true, to: 'DRAFT' });
    expect(update([])).toEqual({ ok: true, to: 'DRAFT' });
    expect(update([{ path: ['skipRules', 0], message: 'Wrong too.' }])).toMatchObject({
      blockers: [{ code: 'PLAN_INVALID', message: 'Wrong too.', path: ['plan', 'skipRules', '0'] }],
    });
  });
});

describe('configuration item machine', () => {
  test('does exactly this', () => {
    expect(actualTable(configurationItemMachine, goodConfigurationItemFacts)).toEqual(
      table(`
        DISCOVERED: authorise>AUTHORISED retire>RETIRED update>DISCOVERED relate>DISCOVERED unrelate>DISCOVERED
        AUTHORISED: retire>RETIRED update>AUTHORISED relate>AUTHORISED unrelate>AUTHORISED
        RETIRED: update>RETIRED relate>RETIRED unrelate>RETIRED
      `),
    );
  });

  test('only production is protected, and only a change on its way to implementation opens it', () => {
    const open = (lifecycleState: (typeof LIFECYCLE_STATES)[number]) =>
      protectedEdit({ name: 'web-1', lifecycleState, changes: [] }) === undefined;
    expect(LIFECYCLE_STATES.filter(open)).toEqual(['NOT_READY', 'BUILD', 'TEST', 'INVENTORY', 'DECOMMISSIONED']);
    const covering = CHANGE_STATES.filter(
      (state) =>
        protectedEdit({ name: 'web-1', lifecycleState: 'PRODUCTION', changes: [{ ...thing, state }] }) === undefined,
    );
    expect(covering).toEqual(['AUTHORISED', 'SCHEDULED', 'IN_PROGRESS']);
    expect(
      protectedEdit({ name: 'web-1', lifecycleState: 'PRODUCTION', changes: [{ ...thing, state: 'ASSESSED' }] }),
    ).toMatchObject({
      code: 'CI_PROTECTED',
      subject: { type: 'Change', id: 'thing-1' },
    });
  });

  test('was protected at a time that a late fact is about', () => {
    const then = { name: 'web-1', lifecycleState: 'INVENTORY', wasProtected: true } as const;
    expect(protectedEdit({ ...then, changes: [] })).toMatchObject({
      code: 'CI_PROTECTED',
      message: expect.stringContaining('was in a protected lifecycle state'),
    });
    expect(protectedEdit({ ...then, changes: [{ ...thing, state: 'IN_PROGRESS' }] })).toBeUndefined();
  });

  test('does not become protected under work that no change covers', () => {
    const edit = (covered: boolean, protects: boolean) =>
      refusal(configurationItemMachine, 'AUTHORISED', 'configurationItemUpdate', {
        ...goodConfigurationItemFacts,
        workOnIt: [{ ...thing, covered }],
        protects,
      });
    expect([edit(false, true), edit(true, true), edit(false, false)]).toEqual([['CI_IN_USE'], [], []]);
    expect(becomesProtected('TEST', 'PRODUCTION')).toBe(true);
    expect(becomesProtected('PRODUCTION', 'PRODUCTION')).toBe(false);
    expect(becomesProtected('TEST', null)).toBe(false);
  });

  test('is not edited while protected', () => {
    const guarded = { ...goodConfigurationItemFacts, lifecycleState: 'PRODUCTION' } as const;
    for (const state of CONFIGURATION_ITEM_STATES) {
      expect(refusal(configurationItemMachine, state, 'configurationItemUpdate', guarded)).toEqual(['CI_PROTECTED']);
      expect(refusal(configurationItemMachine, state, 'configurationItemRelate', guarded)).toEqual(['CI_PROTECTED']);
    }
  });

  test('is not retired while protected or in use', () => {
    expect(
      refusal(configurationItemMachine, 'AUTHORISED', 'configurationItemRetire', {
        ...goodConfigurationItemFacts,
        lifecycleState: 'PRODUCTION',
        liveDistributions: [thing],
      }),
    ).toEqual(['CI_IN_USE', 'CI_PROTECTED']);
  });

  test('is not decommissioned while a distribution works on it, and can be edited otherwise', () => {
    const worked = { ...goodConfigurationItemFacts, workOnIt: [thing] };
    for (const state of CONFIGURATION_ITEM_STATES) {
      const edit = (decommissions: boolean) =>
        refusal(configurationItemMachine, state, 'configurationItemUpdate', { ...worked, decommissions });
      expect([edit(true), edit(false)]).toEqual([['CI_IN_USE'], []]);
    }
    expect(takesOutOfService('PRODUCTION', 'DECOMMISSIONED')).toBe(true);
    expect(takesOutOfService('DECOMMISSIONED', 'DECOMMISSIONED')).toBe(false);
    expect(takesOutOfService('DECOMMISSIONED', 'INVENTORY')).toBe(false);
    expect(takesOutOfService('PRODUCTION', null)).toBe(false);
  });

  test('lists are complete and ordered', () => {
    expect(Object.keys(CRITICALITY_DESCRIPTIONS)).toEqual([...CRITICALITIES]);
    expect(Object.keys(LIFECYCLE_STATE_DESCRIPTIONS)).toEqual([...LIFECYCLE_STATES]);
    expect(new Set(CI_CLASSES).size).toBe(CI_CLASSES.length);
    expect(CRITICALITIES.filter((criticality) => criticalityIsAtMost(criticality, 'MEDIUM'))).toEqual([
      'LOW',
      'MEDIUM',
    ]);
    expect(
      CI_RELATION_KINDS.filter((kind) => ![...IMPACT_TO_SOURCE_KINDS, ...IMPACT_TO_TARGET_KINDS].includes(kind)),
    ).toEqual(['DOCUMENTS', 'SPARE_FOR']);
    expect(IMPACT_TO_SOURCE_KINDS).toEqual(['DEPENDS_ON', 'RUNS_ON', 'HOSTED_BY', 'USES', 'CONNECTED_TO']);
    expect(IMPACT_TO_TARGET_KINDS).toEqual(['MEMBER_OF', 'CONTAINS', 'PROTECTS', 'CONNECTED_TO']);
  });
});

describe('media version machine', () => {
  test('does exactly this', () => {
    expect(actualTable(dmlItemVersionMachine, goodDmlItemVersionFacts)).toEqual(
      table(`
        REGISTERED: update>REGISTERED upload>UPLOADED retire>RETIRED
        UPLOADED: startVerification>VERIFYING quarantine>QUARANTINED retire>RETIRED pin>UPLOADED liftPins>UPLOADED
        VERIFYING: quarantine>QUARANTINED authorise>AUTHORISED pin>VERIFYING liftPins>VERIFYING
        QUARANTINED: verify>UPLOADED recall>RECALLED retire>RETIRED pin>QUARANTINED liftPins>QUARANTINED
        AUTHORISED: quarantine>QUARANTINED deprecate>DEPRECATED recall>RECALLED pin>AUTHORISED liftPins>AUTHORISED
        DEPRECATED: quarantine>QUARANTINED recall>RECALLED retire>RETIRED pin>DEPRECATED liftPins>DEPRECATED
        RECALLED:
        RETIRED:
      `),
    );
  });

  test('is authorised by a second person, verified, and with the digest that was claimed', () => {
    const authorise = (fault: object): string[] =>
      refusal(dmlItemVersionMachine, 'VERIFYING', 'dmlItemVersionAuthorise', { ...goodDmlItemVersionFacts, ...fault });
    expect(authorise({ authorIds: ['other', 'actor'], isVerified: false, claimedDigest: 'bb' })).toEqual([
      'MEDIA_DIGEST_MISMATCH',
      'MEDIA_NOT_VERIFIED',
      'SELF_APPROVAL',
    ]);
    expect(authorise({ computedDigest: null })).toEqual(['MEDIA_NOT_VERIFIED']);
    expect(authorise({ claimedDigest: null })).toEqual([]);
  });

  test('has no pins to lift where none is in force', () => {
    const none = { ...goodDmlItemVersionFacts, pinCount: 0 };
    expect(refusal(dmlItemVersionMachine, 'AUTHORISED', 'dmlItemVersionLiftPins', none)).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });

  test('is not retired under a live release, but can always be recalled', () => {
    const used = { ...goodDmlItemVersionFacts, liveReleases: [thing] };
    expect(refusal(dmlItemVersionMachine, 'DEPRECATED', 'dmlItemVersionRetire', used)).toEqual(['MEDIA_IN_USE']);
    expect(refusal(dmlItemVersionMachine, 'DEPRECATED', 'dmlItemVersionRecall', used)).toEqual([]);
  });
});

describe('target group machine', () => {
  test('does exactly this', () => {
    expect(actualTable(targetGroupMachine, goodTargetGroupFacts)).toEqual(
      table(`
        ACTIVE: update>ACTIVE addCis>ACTIVE removeCis>ACTIVE retire>RETIRED
        RETIRED:
      `),
    );
    const facts = { ...goodTargetGroupFacts, addedRetiredCis: [thing] };
    expect(refusal(targetGroupMachine, 'ACTIVE', 'targetGroupAddCis', facts)).toEqual(['CI_NOT_AUTHORISED']);
    expect(refusal(targetGroupMachine, 'ACTIVE', 'targetGroupRemoveCis', facts)).toEqual([]);
    for (const fact of [{ isLimited: true }, { setsLimit: true }])
      for (const command of ['targetGroupUpdate', 'targetGroupRemoveCis', 'targetGroupRetire'] as const) {
        const limited = { ...goodTargetGroupFacts, ...fact, actorRoles: ['DEPLOYMENT_OPERATOR'] as const };
        expect(refusal(targetGroupMachine, 'ACTIVE', command, limited)).toEqual(['LIMIT_PROTECTED']);
        const manager = { ...limited, actorRoles: ['CONFIGURATION_MANAGER'] as const };
        expect(refusal(targetGroupMachine, 'ACTIVE', command, manager)).toEqual([]);
      }
    const filtered = { ...goodTargetGroupFacts, membersByFilter: true };
    const refused = (command: TargetGroupCommand) => refusal(targetGroupMachine, 'ACTIVE', command, filtered);
    expect(refused('targetGroupAddCis')).toEqual(['PLAN_INVALID']);
    expect(refused('targetGroupRemoveCis')).toEqual(['PLAN_INVALID']);
    expect(refused('targetGroupUpdate')).toEqual([]);
  });
});

describe('deployment tool machine', () => {
  test('does exactly this', () => {
    expect(actualTable(deploymentToolMachine, goodDeploymentToolFacts)).toEqual(
      table(`
        READY: probeReady>READY probeStarting>STARTING probeBroken>BROKEN probe>READY disable>DISABLED update>READY
        STARTING: probeReady>READY probeStarting>STARTING probeBroken>BROKEN probe>STARTING disable>DISABLED
          update>STARTING
        BROKEN: probeReady>READY probeStarting>STARTING probeBroken>BROKEN probe>BROKEN disable>DISABLED update>BROKEN
        DISABLED: enable>STARTING update>DISABLED
      `),
    );
    expect(
      refusal(deploymentToolMachine, 'READY', 'deploymentToolDisable', {
        ...goodDeploymentToolFacts,
        liveDistributions: [thing],
      }),
    ).toEqual(['TOOL_IN_USE']);
  });
});
