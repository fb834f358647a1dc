import { parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import type { Name } from './people.js';
import type { Answer, Stage } from './stage.js';
import { remedyFor } from './remedies.js';
import { changeStanding, standing, type Standing, type Tale } from './tale.js';

type Input = Readonly<Record<string, unknown>>;

/** A command that somebody is about to give. */
export interface Intent {
  readonly by: Name;
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What follows from it when the server accepts it. */
  readonly made?: (answer: Answer) => void;
}

/** What a release needs next in the ordinary course of things: a command, or time to pass, in minutes. */
export type Next = Intent | { readonly wait: number } | 'over';

const uuid = (id: string) => parseNodeId(id)?.uuid ?? '';

/** Minutes from the booking of a release to its slot, and the length of the slot. */
const LEAD = 90;
const SLOT = 180;

async function nextForChanges(stage: Stage, tale: Tale, stand?: Standing): Promise<Next | undefined> {
  for (const change of tale.changes) {
    if (change.id === undefined) {
      const input = {
        title: 'Patch',
        backOutPlan: 'Restore the snapshot.',
        targetCiIds: change.targets.map((name) => tale.world.cis[name]),
      };
      const made = ({ id }: Answer) => void (change.id = id);
      return { by: change.requester, command: 'changeCreate', input, made };
    }
    const { id } = change;
    const { state, request } = await changeStanding(stage, uuid(id));
    if (state === 'OPEN') return { by: 'chad', command: 'changeAccept', input: { id } };
    if (state === 'ACCEPTED')
      return { by: 'chad', command: 'changeAssess', input: { id, assessment: 'Little can go wrong.', risk: 'LOW' } };
    if (state === 'ASSESSED') return { by: 'anna', command: 'changeAuthorise', input: { id } };
    if (stand === undefined || state !== 'AUTHORISED' || stand.changes.includes(uuid(id))) continue;
    if (request !== null)
      return {
        by: stand.owner,
        command: 'changeReleaseRequestApprove',
        input: { id: toNodeId('ChangeReleaseRequest', request) },
      };
    const input = { changeId: id, releaseId: tale.id, mode: 'SPECIFIC_RELEASE' };
    return { by: change.requester, command: 'changeReleaseRequestSubmit', input };
  }
  return undefined;
}

/** How a distribution is planned beside its time: whom it is for, what is enough, and what the server may retry. */
function choices({ chance }: Stage, tale: Tale, owner: Name): { readonly by: Name; readonly input: object } {
  const policy = chance.chance(0.25) ? chance.pick(['AT_LEAST_PERCENT', 'EVERY_CRITICAL_TARGET']) : undefined;
  const retries = chance.chance(0.5) && {
    retryLimit: 1 + chance.below(2),
    retryAfterMinutes: 5,
    ...(chance.chance(0.2) && { retryReasons: ['FAILED'] }),
  };
  return {
    by: policy === undefined || chance.chance(0.1) ? tale.operator : chance.pick([owner, tale.manager]),
    input: {
      ...(tale.groupId === undefined ? { allTargets: true } : { targetGroupIds: [tale.groupId] }),
      ...(policy && { outcomePolicy: policy }),
      ...(policy === 'AT_LEAST_PERCENT' && { outcomePercent: chance.pick([30, 50, 100]) }),
      ...retries,
    },
  };
}

/** The group of the targets of a release, made before its distribution is planned. */
function nextGroup(tale: Tale, { targets }: Standing): Intent | undefined {
  if (tale.grouped !== true || tale.groupId !== undefined) return undefined;
  const ciIds = targets.map((id) => toNodeId('ConfigurationItem', id));
  const made = ({ id }: Answer) => void (tale.groupId = id);
  return { by: tale.operator, command: 'targetGroupCreate', input: { name: `Group of ${tale.id}`, ciIds }, made };
}

/** Plans the task that goes with a distribution, and the check before it. */
function nextPlanOfTasks(tale: Tale, { phases, tasks }: Standing): Intent | undefined {
  if (tale.linked !== true) return undefined;
  const { manager: by, id: releaseId } = tale;
  const [check, work] = [tasks.find(({ step }) => step === 'COMMUNICATED'), tasks.find(isLink)];
  const [before, during] = ['COMMUNICATED', 'DISTRIBUTING'].map((step) =>
    phases.find(({ releaseState }) => releaseState === step),
  );
  const phase = (name: string, releaseState: string) => ({
    by,
    command: 'phaseAdd',
    input: { releaseId, name, releaseState },
  });
  if (before === undefined) return phase('Before', 'COMMUNICATED');
  if (during === undefined) return phase('Roll out', 'DISTRIBUTING');
  const task = (input: object) => ({ by, command: 'taskAdd', input: { role: 'RELEASE_MANAGER', ...input } as Input });
  if (check === undefined) return task({ phaseId: toNodeId('Phase', before.id), name: 'Check the room' });
  if (work !== undefined) return undefined;
  return task({
    phaseId: toNodeId('Phase', during.id),
    name: 'Install',
    kind: 'DISTRIBUTION',
    role: 'DEPLOYMENT_OPERATOR',
    predecessorIds: [toNodeId('Task', check.id)],
  });
}

const isLink = ({ kind }: Standing['tasks'][number]): boolean => kind === 'DISTRIBUTION';

/** Links the task to a distribution that has not started, and does the check before it, mostly. */
function nextOfTasks(
  { chance }: Stage,
  { manager }: Tale,
  { tasks }: Standing,
  live: Standing['distributions'][number],
): Intent | undefined {
  const work = tasks.find(isLink);
  if (work === undefined || !['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED'].includes(live.state)) return undefined;
  if (work.distribution === null) {
    const input = { id: toNodeId('Task', work.id), expectedVersion: work.version };
    return {
      by: manager,
      command: 'taskUpdate',
      input: { ...input, distributionId: toNodeId('Distribution', live.id) },
    };
  }
  const check = tasks.find(({ step, state }) => step === 'COMMUNICATED' && ['READY', 'IN_PROGRESS'].includes(state));
  if (check === undefined || chance.chance(0.25)) return undefined;
  const id = toNodeId('Task', check.id);
  return check.state === 'READY'
    ? { by: manager, command: 'taskStart', input: { id } }
    : { by: manager, command: 'taskComplete', input: { id, evidence: 'The room is cool.' } };
}

const toolOf = (stage: Stage, tale: Tale) => (tale.byHand ? stage.handsId : stage.toolId);

/** What people who do the work themselves report next, sometimes long after they should have. */
function nextReport({ chance }: Stage, tale: Tale, { distributions }: Standing): Intent | undefined {
  const due = distributions.flatMap(({ toReport, late, held }) => [...toReport, ...late, ...held]);
  if (due.length === 0 || chance.chance(0.3)) return undefined;
  const id = toNodeId('TargetExecution', chance.pick(due));
  const result = chance.chance(0.85)
    ? { state: 'SUCCEEDED', ...(chance.chance(0.9) && { evidence: 'Serial number 4711' }) }
    : { state: 'FAILED', reason: 'The disk is full.' };
  return { by: tale.operator, command: 'targetExecutionReport', input: { id, ...result } };
}

/** The next task of a step of a template, done by somebody with its role. */
function nextOfTemplate(tale: Tale, { tasks, state, skipped, owner }: Standing): Next {
  const { manager: by, id } = tale;
  const open = tasks.find((task) => task.step === state && ['READY', 'IN_PROGRESS'].includes(task.state));
  if (open !== undefined) {
    const who = open.assignee ?? (open.role === 'TEST_MANAGER' ? tale.tester : by);
    const input = { id: toNodeId('Task', open.id) };
    if (open.state === 'READY') return { by: who, command: 'taskStart', input };
    return { by: who, command: 'taskComplete', input: { ...input, evidence: 'All 214 cases passed.' } };
  }
  const next = ['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'];
  const to = next.slice(next.indexOf(state) + 1).find((step) => !skipped.includes(step));
  if (to === 'ACCEPTED') return { by: owner, command: 'releaseAccept', input: { id } };
  return { by, command: to === 'BUILDING' ? 'releaseStartBuilding' : 'releaseStartTesting', input: { id } };
}

function beforeTesting(tale: Tale, stand: Standing): Next {
  const { phases, tasks, contents, targets, state } = stand;
  const { manager: by, id } = tale;
  if (contents === 0) return { by, command: 'releaseAddContent', input: { id, dmlItemVersionIds: tale.content } };
  const direct = tale.direct.map((name) => tale.world.cis[name]).filter((ci) => !targets.includes(uuid(ci)));
  if (direct.length > 0 && targets.length < 6)
    return { by, command: 'releaseAddCi', input: { id, role: 'TARGET', ciIds: direct } };
  if (state === 'DRAFT') return { by, command: 'releaseStartPlanning', input: { id } };
  if (tale.template !== undefined) return nextOfTemplate(tale, stand);
  if (tale.tested && !phases.some(({ releaseState }) => releaseState === 'TESTING'))
    return { by, command: 'phaseAdd', input: { releaseId: id, name: 'Test', releaseState: 'TESTING' } };
  if (tale.tested && !tasks.some(({ kind }) => kind === 'TEST')) {
    const input = { phaseId: toNodeId('Phase', phases[0]?.id ?? ''), name: 'Regression', kind: 'TEST' };
    return { by, command: 'taskAdd', input: { ...input, role: 'TEST_MANAGER', mandatory: true } };
  }
  return { by, command: state === 'PLANNING' ? 'releaseStartBuilding' : 'releaseStartTesting', input: { id } };
}

function inTesting(tale: Tale, stand: Standing): Next {
  const { tasks, owner } = stand;
  const planned = nextPlanOfTasks(tale, stand);
  if (planned !== undefined) return planned;
  const open = tasks.find(({ state, step }) => step === 'TESTING' && (state === 'READY' || state === 'IN_PROGRESS'));
  if (open === undefined) return { by: owner, command: 'releaseAccept', input: { id: tale.id } };
  const id = toNodeId('Task', open.id);
  const by = open.assignee ?? tale.tester;
  if (open.state === 'READY') return { by, command: 'taskStart', input: { id } };
  return { by, command: 'taskComplete', input: { id, evidence: 'All 214 cases passed.' } };
}

function inSchedule(stage: Stage, tale: Tale, stand: Standing): Next {
  const { distributions, from, to, owner } = stand;
  const live = distributions.find(({ state }) => !['STOPPED', 'MISSED'].includes(state));
  if (live === undefined) {
    const group = nextGroup(tale, stand);
    if (group !== undefined) return group;
    const start = Math.max(stage.now, from ?? 0);
    const chosen = choices(stage, tale, owner);
    const input = {
      releaseId: tale.id,
      deploymentToolId: toolOf(stage, tale),
      ...chosen.input,
      scheduledStart: new Date(start).toISOString(),
      scheduledEnd: new Date(to ?? start + 60_000).toISOString(),
      deadlineMinutes: 60,
    };
    return (to ?? 0) > stage.now
      ? { by: chosen.by, command: 'distributionPlan', input }
      : { by: tale.manager, command: 'releaseUnschedule', input: { id: tale.id, reason: 'Its time has passed.' } };
  }
  const id = toNodeId('Distribution', live.id);
  const rollout = nextOfRollout(stage, tale, live, owner);
  if (rollout !== undefined) return rollout;
  const task = nextOfTasks(stage, tale, stand, live);
  if (task !== undefined) return task;
  if (live.state === 'PLANNED' && stage.chance.chance(0.1))
    return { by: tale.operator, command: 'distributionPreflight', input: { id } };
  if (live.state === 'PLANNED')
    return {
      by: tale.operator,
      command: live.approvalRequired ? 'distributionRequestApproval' : 'distributionSchedule',
      input: { id },
    };
  if (live.state === 'AWAITING_APPROVAL') return { by: owner, command: 'distributionApprove', input: { id } };
  if (live.state === 'SCHEDULED' && (live.from ?? 0) > stage.now)
    return { wait: Math.ceil(((live.from ?? 0) - stage.now) / 60_000) };
  if (live.state === 'SCHEDULED') return { by: tale.operator, command: 'distributionStart', input: { id } };
  return { wait: 10 };
}

/** Divides a distribution into waves, and leads it from one to the next. */
function nextOfRollout(
  stage: Stage,
  { operator, manager, groupId }: Tale,
  { id: uuid, state, version, targets, waves, decision, failed }: Standing['distributions'][number],
  owner: Name,
): Intent | undefined {
  const { chance } = stage;
  if (!stage.waved) return undefined;
  const id = toNodeId('Distribution', uuid);
  if (state === 'PLANNED' && waves === 0 && targets > 1) {
    const rules = { advance: chance.pick(['AUTOMATIC', 'MANUAL']), maxFailures: chance.below(2) };
    const due = chance.chance(0.3) && { decisionMinutes: 30, decisionDefault: chance.pick(['STOP', 'BACK_OUT']) };
    const how =
      groupId !== undefined && chance.chance(0.3)
        ? { by: 'GROUP', targetGroupIds: [groupId] }
        : { by: 'COUNT', sizes: [1] };
    const input = { id, expectedVersion: version, ...how, ...rules, ...due };
    return { by: operator, command: 'distributionPlanWaves', input };
  }
  if (state === 'BETWEEN_WAVES' && chance.chance(0.6))
    return { by: operator, command: 'distributionAdvance', input: { id } };
  if (state !== 'AWAITING_DECISION' || decision === null) return undefined;
  const choice = chance.pick(['RETRY', 'EXCLUDE', 'EXCLUDE', 'CONTINUE', 'BACK_OUT', 'STOP']);
  const targetIds = failed.map((ci) => toNodeId('ConfigurationItem', ci));
  const input = { id: toNodeId('DecisionPoint', decision), choice, reason: 'Looked at it.' };
  const by = choice === 'CONTINUE' ? chance.pick([owner, manager]) : operator;
  return { by, command: 'decisionPointDecide', input: { ...input, ...(choice === 'EXCLUDE' && { targetIds }) } };
}

/** Leads a distribution that takes away what was delivered on to its start. */
function nextReturn(stage: Stage, tale: Tale, distributions: Standing['distributions']): Intent | undefined {
  const live = distributions.find(({ state }) => ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED'].includes(state));
  if (live === undefined) return undefined;
  const input = { id: toNodeId('Distribution', live.id) };
  // Another one may have been faster.
  if (stage.chance.chance(0.1)) return { by: tale.operator, command: 'distributionCancel', input };
  if (live.state === 'AWAITING_APPROVAL') return { by: tale.owner, command: 'distributionApprove', input };
  if (live.state === 'SCHEDULED') return { by: tale.operator, command: 'distributionStart', input };
  const command = live.approvalRequired ? 'distributionRequestApproval' : 'distributionSchedule';
  return { by: tale.operator, command, input };
}

function afterwards(stage: Stage, tale: Tale, { state, distributions }: Standing): Next {
  const { chance } = stage;
  const { id, operator, manager: by } = tale;
  const of = (...states: string[]) => distributions.find((distribution) => states.includes(distribution.state));
  if (state === 'BACKING_OUT') {
    const waiting = nextReturn(stage, tale, distributions);
    if (waiting) return waiting;
    const delivered = of('SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'STOPPED', 'FAILED');
    if (of('STARTING', 'RUNNING', 'BACKING_OUT')) return { wait: 15 };
    if (delivered && chance.chance(0.4))
      return {
        by: operator,
        command: 'distributionStartBackOut',
        input: { id: toNodeId('Distribution', delivered.id) },
      };
    if (delivered && chance.chance(0.8))
      return {
        by: operator,
        command: 'distributionPlan',
        input: {
          releaseId: id,
          deploymentToolId: toolOf(stage, tale),
          allTargets: true,
          operation: chance.pick(['REMOVE', 'REMOVE', 'UNDO']),
        },
      };
    return { by, command: 'releaseCompleteBackOut', input: { id } };
  }
  const retry = of('PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED');
  if (retry && state !== 'DEPLOYED' && chance.chance(0.4))
    return { by: operator, command: 'distributionRetryFailed', input: { id: toNodeId('Distribution', retry.id) } };
  if (chance.chance(state === 'BACKED_OUT' ? 0 : 0.55))
    return { by, command: 'releaseStartBackOut', input: { id, reason: 'It does not work.' } };
  return { by, command: 'releaseStartReview', input: { id } };
}

async function inReview(stage: Stage, tale: Tale): Promise<Next> {
  for (const { id } of tale.changes) {
    if (id === undefined) continue;
    const { state } = await changeStanding(stage, uuid(id));
    if (state === 'IMPLEMENTED') return { by: 'chad', command: 'changeStartReview', input: { id } };
    if (state === 'IN_REVIEW') return { by: 'chad', command: 'changeClose', input: { id } };
  }
  const { id, manager: by } = tale;
  return stage.chance.chance(0.5)
    ? { by, command: 'releaseRecordReview', input: { id, objectivesMet: true, summary: 'It went well.' } }
    : { by, command: 'releaseClose', input: { id } };
}

/** Media that were recalled or quarantined have to leave the package; the release gets others instead. */
function repair({ chance }: Stage, tale: Tale, { spoiled, state }: Standing): Intent | undefined {
  if (spoiled.length === 0 || !['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED'].includes(state))
    return undefined;
  const [command, ids] = chance.chance(0.5)
    ? ['releaseAddContent', [chance.pick(tale.world.versions)]]
    : ['releaseRemoveContent', spoiled.map((version) => toNodeId('DmlItemVersion', version))];
  return { by: tale.manager, command: command as string, input: { id: tale.id, dmlItemVersionIds: ids } };
}

/** The next step of a release that nobody disturbs. */
export async function nextStep(stage: Stage, tale: Tale): Promise<Next> {
  const { id } = tale;
  if (id === undefined) {
    const template = tale.template && { templateVersionId: tale.world.templateVersion, kind: tale.template };
    const people = { ownerId: stage.person(tale.owner), backOutPlan: 'Restore the snapshot.' };
    const input = { name: 'Patch day', ...people, ...template };
    const made = (answer: Answer) => void (tale.id = answer.id);
    return (await nextForChanges(stage, tale)) ?? { by: tale.manager, command: 'releaseCreate', input, made };
  }
  const stand = await standing(stage, uuid(id));
  if (stand.onHold && stage.chance.chance(0.5)) return { by: tale.manager, command: 'releaseResume', input: { id } };
  const report = nextReport(stage, tale, stand);
  if (report !== undefined) return report;
  const repaired = repair(stage, tale, stand) ?? remedyFor(stage, tale, stand);
  if (repaired !== undefined && stage.chance.chance(0.7)) return repaired;
  switch (stand.state) {
    case 'DRAFT':
    case 'PLANNING':
    case 'BUILDING':
      return (await nextForChanges(stage, tale, stand)) ?? beforeTesting(tale, stand);
    case 'TESTING':
      return tale.template === undefined ? inTesting(tale, stand) : nextOfTemplate(tale, stand);
    case 'ACCEPTED': {
      if (stage.chance.chance(0.15)) return { by: stand.owner, command: 'releaseAccept', input: { id } };
      const startsAt = LEAD + stage.chance.below(4) * 60;
      const input = { id, startsAt: stage.in(startsAt), endsAt: stage.in(startsAt + SLOT) };
      return { by: tale.manager, command: 'releaseSchedule', input };
    }
    case 'SCHEDULED':
      return {
        by: tale.manager,
        command: 'releaseCommunicate',
        input: { id, audience: 'Everybody', message: 'Payroll will be down.' },
      };
    case 'COMMUNICATED':
    case 'DISTRIBUTING':
      return inSchedule(stage, tale, stand);
    case 'IN_REVIEW':
      return await inReview(stage, tale);
    case 'CLOSED':
    case 'CANCELLED':
      return 'over';
    default:
      return afterwards(stage, tale, stand);
  }
}
