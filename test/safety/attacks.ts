import { parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import { NAMES, type Name } from './people.js';
import { sql } from './sql.js';
import type { Stage } from './stage.js';
import { standing, type Standing, type Tale } from './tale.js';
import { CI_NAMES } from './world.js';

/** What an attack can use. */
export interface Ground {
  readonly stage: Stage;
  /** A release that exists. */
  readonly tale: Tale & { readonly id: string };
  readonly stand: Standing;
  /** The other releases of the world that exist. */
  readonly others: readonly (Tale & { readonly id: string })[];
}

type Attack = (ground: Ground) => Promise<unknown>;

const REASON = 'Somebody wants it so.';
const uuid = (id: string) => parseNodeId(id)?.uuid ?? '';

/** Somebody: mostly who could be expected to do it, sometimes anybody, often one who holds every role. */
const somebody = ({ stage: { chance } }: Ground, ...likely: Name[]): Name =>
  chance.chance(0.7) ? chance.pick(likely) : chance.chance(0.6) ? 'bella' : chance.pick(NAMES);

const aCi = ({ stage, tale }: Ground) => tale.world.cis[stage.chance.pick(CI_NAMES)];
const aTarget = (ground: Ground) => {
  const { stand, stage } = ground;
  return stand.targets.length > 0 ? toNodeId('ConfigurationItem', stage.chance.pick(stand.targets)) : aCi(ground);
};
const aVersion = ({ stage, tale }: Ground) => stage.chance.pick([...tale.content, ...tale.world.versions]);

const distribution = ({ stand, stage }: Ground, ...states: string[]) => {
  const found = stand.distributions.filter(({ state }) => states.length === 0 || states.includes(state));
  return found.length === 0 ? undefined : toNodeId('Distribution', stage.chance.pick(found).id);
};

const onDistribution =
  (command: string, ...states: string[]): Attack =>
  async (ground) => {
    const id = distribution(ground, ...states);
    if (id !== undefined)
      await ground.stage.act(somebody(ground, ground.tale.operator), command, { id, reason: REASON });
  };

const onRelease =
  (command: string, who: 'manager' | 'owner' = 'manager'): Attack =>
  async (ground) =>
    await ground.stage.act(somebody(ground, ground.tale[who]), command, { id: ground.tale.id, reason: REASON });

/** An interval near now, near the slot of the release, or in the slot of another release. */
async function someTime(ground: Ground): Promise<{ startsAt: string; endsAt: string }> {
  const { stage, stand, others } = ground;
  const { chance } = stage;
  const other = others.length > 0 ? await standing(stage, uuid(chance.pick(others).id)) : undefined;
  const from = chance.pick([stage.now, stand.from ?? stage.now, other?.from ?? stage.now, stage.now + 86_400_000]);
  const startsAt = from + chance.pick([0, 0, 30, -30, 180]) * 60_000;
  return {
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + chance.pick([30, 120, 180, 600]) * 60_000).toISOString(),
  };
}

/** Plans another distribution: some targets, some contents, another operation, another time. */
const planAnother: Attack = async (ground) => {
  const { stage, tale, stand } = ground;
  const { chance } = stage;
  const { startsAt, endsAt } = await someTime(ground);
  const answer = await stage.act(somebody(ground, tale.operator), 'distributionPlan', {
    releaseId: tale.id,
    deploymentToolId: stage.toolId,
    ...(chance.chance(0.5) || stand.targets.length === 0
      ? { allTargets: true }
      : { targetIds: chance.some(stand.targets).map((id) => toNodeId('ConfigurationItem', id)) }),
    ...(chance.chance(0.4) && { contentIds: chance.some(tale.content) }),
    operation: chance.pick(['INSTALL', 'INSTALL', 'INSTALL', 'VERIFY', 'REMOVE', 'UNDO']),
    scheduledStart: startsAt,
    scheduledEnd: endsAt,
    deadlineMinutes: chance.pick([30, 60, 240]),
  });
  if (!answer.ok) return;
  const { id } = answer;
  if (!(await stage.act(tale.operator, 'distributionSchedule', { id })).ok) {
    await stage.act(tale.operator, 'distributionRequestApproval', { id });
    await stage.act(somebody(ground, tale.owner, tale.operator), 'distributionApprove', { id });
  }
  if (chance.chance(0.5)) await stage.act(tale.operator, 'distributionStart', { id });
};

/** Works on while the release is being backed out: takes away, or delivers, here or there, and starts it at once. */
const takeAway: Attack = async (ground) => {
  const { stage, tale, stand } = ground;
  if (stand.state !== 'BACKING_OUT') return;
  const { chance } = stage;
  const answer = await stage.act(somebody(ground, tale.operator), 'distributionPlan', {
    releaseId: tale.id,
    deploymentToolId: stage.toolId,
    ...(chance.chance(0.4)
      ? { allTargets: true }
      : { targetIds: [chance.chance(0.8) ? aTarget(ground) : aCi(ground)] }),
    ...(chance.chance(0.4) && { contentIds: [aVersion(ground)] }),
    operation: chance.pick(['REMOVE', 'REMOVE', 'UNDO', 'INSTALL', 'VERIFY']),
  });
  if (!answer.ok) return;
  const { id } = answer;
  const scheduled = await stage.act(tale.operator, 'distributionSchedule', { id });
  if (!scheduled.ok) await stage.act(tale.operator, 'distributionRequestApproval', { id });
  await stage.act(somebody(ground, tale.operator), 'distributionStart', { id });
};

const waive: Attack = async (ground) => {
  const { stage, tale } = ground;
  await stage.act(somebody(ground, 'anna', tale.owner, tale.manager), 'waiverGrant', {
    releaseId: tale.id,
    code: stage.chance.pick(['WINDOW_CLOSED', 'CI_CONFLICT', 'CI_CONFLICT', 'BLACKOUT']),
    reason: REASON,
    expiresAt: stage.in(stage.chance.pick([60, 600, 6_000])),
  });
};

const revoke: Attack = async (ground) => {
  const { stage, tale } = ground;
  const waivers = stage.log.deeds.filter(
    ({ command, release }) => command === 'waiverGrant' && release === uuid(tale.id),
  );
  if (waivers.length > 0)
    await stage.act(somebody(ground, 'anna', tale.owner), 'waiverRevoke', {
      id: toNodeId('Waiver', stage.chance.pick(waivers).on),
      reason: REASON,
    });
};

const DAY = 1_440;

/** A blackout, or hours in which alone work is allowed. Many began days ago and come back. */
const aWindow: Attack = async (ground) => {
  const { stage } = ground;
  const { chance } = stage;
  const kind = chance.pick(['BLACKOUT', 'BLACKOUT', 'CHANGE_WINDOW', 'MAINTENANCE_WINDOW']);
  const rrule = chance.pick([null, 'FREQ=DAILY', 'FREQ=DAILY;INTERVAL=2', 'FREQ=WEEKLY', 'FREQ=DAILY;COUNT=9']);
  const ago = rrule === null ? 0 : chance.pick([0, 2 * DAY, 7 * DAY]);
  const from = chance.pick([0, 30, 120]) - ago;
  const length = kind === 'BLACKOUT' ? chance.pick([60, 240]) : chance.pick([480, 720]);
  const answer = await stage.act(somebody(ground, 'chad', 'anna'), 'scheduleWindowCreate', {
    name: 'Closing of the books',
    kind,
    ...(rrule && { rrule }),
    startsAt: stage.in(from),
    endsAt: stage.in(from + length),
    ciIds: chance.some([aTarget(ground), aCi(ground)]),
  });
  if (answer.ok && chance.chance(0.2)) await stage.act('chad', 'scheduleWindowDeactivate', { id: answer.id });
};

/** Takes a task of the plan away, or says that the release is of a kind that may skip more. */
const loosenPlan: Attack = async (ground) => {
  const { stage, tale, stand } = ground;
  const task = stand.tasks.length > 0 ? stage.chance.pick(stand.tasks) : undefined;
  const by = somebody(ground, tale.manager, tale.owner);
  if (task !== undefined && stage.chance.chance(0.5))
    return await stage.act(by, 'taskRemove', { id: toNodeId('Task', task.id) });
  return await stage.act(by, 'releaseUpdate', { id: tale.id, expectedVersion: stand.version, kind: 'PATCH' });
};

/** Somebody who may authorise changes writes in the change of somebody else, and authorises it. */
const coAuthor: Attack = async (ground) => {
  const { stage, tale } = ground;
  const by = somebody(ground, 'rob', 'anna');
  const input = { title: 'Patch', backOutPlan: 'Restore.', targetCiIds: [aCi(ground)] };
  const { id, ok } = await stage.act(stage.chance.pick(['rita', by]), 'changeCreate', input);
  if (!ok) return;
  await stage.act(by, 'changeAddCi', { id, role: 'TARGET', ciIds: [tale.world.cis.lab] });
  await stage.act('chad', 'changeAccept', { id });
  await stage.act('chad', 'changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' });
  await stage.act(by, 'changeAuthorise', { id });
};

/** People report the targets of somebody else's work, or of a tool that reports them itself. */
const report: Attack = async (ground) => {
  const { stage, tale } = ground;
  const { rows } = await stage.app.readDatabase.pool.query<{ id: string }>(
    `select e.id from target_execution e join distribution d on d.id = e.distribution_id
     where d.release_id = $1 and e.attempt > 0 and e.state in ('PENDING', 'SENT', 'RUNNING', 'UNKNOWN', 'EXPIRED')`,
    [uuid(tale.id)],
  );
  if (rows.length === 0) return;
  const id = toNodeId('TargetExecution', stage.chance.pick(rows).id);
  const evidence = stage.chance.chance(0.5) ? { evidence: 'It blinks.' } : {};
  await stage.act(somebody(ground, tale.operator), 'targetExecutionReport', { id, state: 'SUCCEEDED', ...evidence });
};

const editItem: Attack = async (ground) => {
  const { stage } = ground;
  const id = aTarget(ground);
  const fields = stage.chance.pick<Record<string, string>>([
    { criticality: 'CRITICAL' },
    { criticality: 'LOW' },
    { lifecycleState: 'PRODUCTION' },
    { lifecycleState: 'TEST' },
    { lifecycleState: 'DECOMMISSIONED' },
  ]);
  const { rows } = await stage.app.readDatabase.pool.query('select version from configuration_item where id = $1', [
    uuid(id),
  ]);
  await stage.act(somebody(ground, 'carl'), 'configurationItemUpdate', {
    id,
    expectedVersion: rows[0].version,
    ...fields,
  });
};

const relate: Attack = async (ground) => {
  const { stage, tale } = ground;
  const sourceId = stage.chance.pick([tale.world.cis.payroll, aCi(ground)]);
  await stage.act(somebody(ground, 'carl'), 'configurationItemRelate', {
    sourceId,
    kind: stage.chance.pick(['RUNS_ON', 'DEPENDS_ON', 'CONTAINS']),
    targetId: aTarget(ground),
  });
};

const replaceOwner: Attack = async (ground) => {
  const { stage, tale, stand } = ground;
  await stage.act(somebody(ground, stand.owner, tale.manager), 'releaseHandOver', {
    id: tale.id,
    ownerId: stage.person(stage.chance.pick(['olga', 'otto', 'bella', 'mark'])),
    reason: REASON,
  });
};

const onMedia =
  (command: string): Attack =>
  async (ground) =>
    await ground.stage.act(somebody(ground, 'lara', 'liam'), command, {
      id: ground.stage.chance.pick(ground.tale.content),
      reason: REASON,
    });

/** Somebody with access to the database puts other bytes under an authorised version. */
const swapBytes: Attack = async ({ stage, tale }) => {
  stage.count('bytes swapped');
  await sql(
    stage,
    `update dml_item_version set media_id = (select m.id from media_blob m where m.id <> media_id order by m.id limit 1)
     where id = $1`,
    uuid(stage.chance.pick(tale.content)),
  );
};

const scope =
  (command: 'releaseAddCi' | 'releaseRemoveCi'): Attack =>
  async (ground) =>
    await ground.stage.act(somebody(ground, ground.tale.manager, ground.tale.owner), command, {
      id: ground.tale.id,
      role: 'TARGET',
      ciIds: [command === 'releaseAddCi' ? aCi(ground) : aTarget(ground)],
      agreeToReplan: ground.stage.chance.chance(0.5),
    });

const content =
  (command: 'releaseAddContent' | 'releaseRemoveContent'): Attack =>
  async (ground) =>
    await ground.stage.act(somebody(ground, ground.tale.manager), command, {
      id: ground.tale.id,
      dmlItemVersionIds: [aVersion(ground)],
      agreeToReplan: ground.stage.chance.chance(0.5),
    });

const onChange =
  (command: string, more: Readonly<Record<string, string>> = {}): Attack =>
  async (ground) => {
    const { stage, tale } = ground;
    const change = tale.changes.length > 0 ? stage.chance.pick(tale.changes) : undefined;
    if (change?.id !== undefined)
      await stage.act(somebody(ground, 'chad', change.requester), command, { id: change.id, ...more });
  };

/** The manager tests and accepts what he has planned. */
const trustMe: Attack = async (ground) => {
  const { stage, tale, stand } = ground;
  const task = stand.tasks[0];
  const by = somebody(ground, tale.manager, tale.owner);
  if (task !== undefined) {
    const id = toNodeId('Task', task.id);
    if (stage.chance.chance(0.4))
      return await stage.act(by, 'taskSkip', { id, reason: REASON, waiverReason: 'No time.' });
    await stage.act(by, 'taskStart', { id });
    return await stage.act(by, 'taskComplete', { id, evidence: 'Trust me.' });
  }
  return await stage.act(by, 'releaseAccept', { id: tale.id });
};

const move: Attack = async (ground) => {
  const { stage, tale } = ground;
  const command = stage.chance.pick(['releaseMoveSchedule', 'releaseMoveSchedule', 'releaseSchedule']);
  await stage.act(somebody(ground, tale.manager), command, {
    id: tale.id,
    reason: REASON,
    ...(await someTime(ground)),
  });
};

const replan: Attack = async (ground) => {
  const id = distribution(ground, 'SCHEDULED', 'AWAITING_APPROVAL', 'MISSED', 'PLANNED');
  if (id === undefined) return;
  const { stage, tale } = ground;
  await stage.act(tale.operator, 'distributionReplan', { id, reason: REASON });
  const { rows } = await stage.app.readDatabase.pool.query('select version from distribution where id = $1', [
    uuid(id),
  ]);
  const { startsAt, endsAt } = await someTime(ground);
  await stage.act(somebody(ground, tale.operator), 'distributionUpdate', {
    id,
    expectedVersion: rows[0].version,
    scheduledStart: startsAt,
    ...(stage.chance.chance(0.7) && { scheduledEnd: endsAt }),
  });
  await stage.act(tale.operator, 'distributionSchedule', { id });
};

/** Completes a back-out and says why something stays. */
const leaveIt: Attack = async (ground) => {
  const { stage, tale, stand } = ground;
  const by = somebody(ground, stand.owner, tale.manager);
  await stage.act(by, 'releaseCompleteBackOut', { id: tale.id, residualReason: REASON });
};

/** Time jumps: a little, a lot, or to the border of a slot. */
const jump: Attack = async ({ stage, stand }) => {
  const border = stage.chance.pick([stand.from, stand.to]);
  const toBorder = border === null ? 0 : (border - stage.now) / 60_000 + stage.chance.pick([-1, 0, 1]);
  const minutes = stage.chance.chance(0.5) && toBorder > 0 ? toBorder : stage.chance.pick([1, 20, 60, 180, 1_440]);
  await stage.pass(minutes, Math.max(10, minutes / 3));
};

/** Keeps a version from a target, at any moment. */
const pin: Attack = async (ground) =>
  await ground.stage.act(somebody(ground, ground.tale.manager), 'dmlItemVersionPin', {
    id: aVersion(ground),
    ciIds: [aTarget(ground)],
    reason: REASON,
  });

const liftPins: Attack = async (ground) =>
  await ground.stage.act(somebody(ground, ground.tale.manager), 'dmlItemVersionLiftPins', {
    id: aVersion(ground),
    reason: REASON,
  });

/** Somebody who may not, or at the wrong moment, wants more of the tool, or lets it do more. */
const crowd: Attack = async (ground) => {
  const { rows } = await ground.stage.app.readDatabase.pool.query<{ version: number }>(
    'select version from deployment_tool where id = $1 and max_targets_at_once is not null',
    [uuid(ground.stage.toolId)],
  );
  if (rows[0] !== undefined)
    await ground.stage.act(somebody(ground, 'ada'), 'deploymentToolUpdate', {
      id: ground.stage.toolId,
      expectedVersion: rows[0].version,
      maxTargetsAtOnce: ground.stage.chance.pick([1, 2, 3]),
    });
};

/** Makes the group larger that a distribution was planned for. */
const joinGroup: Attack = async (ground) => {
  const { groupId } = ground.tale;
  if (groupId !== undefined)
    await ground.stage.act(somebody(ground, ground.tale.operator), 'targetGroupAddCis', {
      id: groupId,
      ciIds: [aCi(ground)],
      reason: REASON,
    });
};

/** Attacks with their weights. */
const ATTACKS: readonly (readonly [number, Attack])[] = [
  [4, onDistribution('distributionStart', 'SCHEDULED', 'AWAITING_APPROVAL', 'PLANNED')],
  [2, onDistribution('distributionApprove', 'AWAITING_APPROVAL')],
  [1, onDistribution('distributionPause', 'RUNNING')],
  [2, onDistribution('distributionResume', 'PAUSED')],
  [1, onDistribution('distributionStop', 'RUNNING', 'PAUSED')],
  [1, onDistribution('distributionCancel')],
  [2, onDistribution('distributionRetryFailed', 'FAILED', 'PARTIALLY_SUCCEEDED', 'STOPPED')],
  [1, onDistribution('distributionStartBackOut', 'SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED')],
  [1, onDistribution('distributionPreflight', 'PLANNED', 'SCHEDULED', 'FAILED', 'PARTIALLY_SUCCEEDED')],
  [1, crowd],
  [1, joinGroup],
  [4, planAnother],
  [3, takeAway],
  [2, replan],
  [4, move],
  [4, jump],
  [2, waive],
  [1, revoke],
  [3, aWindow],
  [1, loosenPlan],
  [1, coAuthor],
  [1, report],
  [2, editItem],
  [1, relate],
  [
    1,
    async (ground) =>
      await ground.stage.act(somebody(ground, 'carl'), 'configurationItemRetire', { id: aTarget(ground) }),
  ],
  [1, replaceOwner],
  [1, onMedia('dmlItemVersionRecall')],
  [1, onMedia('dmlItemVersionDeprecate')],
  [1, onMedia('dmlItemVersionQuarantine')],
  [1, pin],
  [1, liftPins],
  [1, swapBytes],
  [2, scope('releaseAddCi')],
  [1, scope('releaseRemoveCi')],
  [2, content('releaseAddContent')],
  [1, content('releaseRemoveContent')],
  [1, onChange('changeCancel', { reason: REASON })],
  [1, onChange('changeAuthorise')],
  [1, onChange('changeImplement', { outcome: 'SUCCESSFUL' })],
  [1, onChange('changeClose')],
  [3, trustMe],
  [2, onRelease('releaseAccept', 'owner')],
  [1, onRelease('releaseHold')],
  [1, onRelease('releaseResume')],
  [1, onRelease('releaseUnschedule')],
  [1, onRelease('releaseCancel')],
  [2, onRelease('releaseStartBackOut')],
  [3, onRelease('releaseCompleteBackOut')],
  [1, leaveIt],
];

const BAG = ATTACKS.flatMap(([weight, attack]) => Array.from({ length: weight }, () => attack));

/** Does something that a careless or hostile person could do at this moment. */
export async function attack(ground: Ground): Promise<void> {
  await ground.stage.chance.pick(BAG)(ground);
}
