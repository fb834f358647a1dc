import type { Cast, Player } from './cast.js';
import type { Estate } from './estate.js';
import { deliverTo, goOnWithoutFailed, watch } from './rollout.js';
import type { Screen } from './screen.js';
import type { Stage } from './stage.js';

/** What the story needs besides its people and objects. */
export interface StoryOptions {
  readonly estate: Estate;
  /** The release package: a file. */
  readonly packageFile: string;
  /** Version of the package, new in every run. */
  readonly label: string;
  /** Seconds between scheduling and the start of the distribution. */
  readonly leadSeconds: number;
  /** Called just before the distribution is due. The demo makes one target fail here. */
  readonly beforeStart: () => Promise<void>;
}

/** Ids of what the story created. */
export interface StoryResult {
  readonly changeId: string;
  readonly releaseId: string;
  readonly versionId: string;
  readonly distributionId: string;
  readonly digest: string;
}

async function until<T>(what: string, ask: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`Timed out after ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A version of the package enters the library: registered, uploaded, verified by the server, authorised by a second
 * person.
 */
async function stockLibrary(
  { lin, lars }: Cast,
  stage: Stage,
  { packageFile, label, estate }: StoryOptions,
  screen: Screen,
) {
  screen.step(lin.name, `registers version ${label} and uploads its media`);
  const version = await lin.api.run(
    'dmlItemVersionRegister',
    { itemId: stage.itemId, label, source: 'npm pack', bindings: { [estate.tool]: estate.packageBinding } },
    'dmlItemVersion',
  );
  const { digest, size } = await lin.api.upload(version.id, packageFile);
  screen.note(`${size} bytes, sha256 ${digest}, as the server computed it`);
  await until('the server has not verified the media', async () => {
    const { node } = await lin.api.query<{ node: { verifiedAt: string | null } }>(
      `query($id: ID!) { node(id: $id) { ... on DmlItemVersion { verifiedAt } } }`,
      { id: version.id },
    );
    return node.verifiedAt ?? undefined;
  });
  screen.step(lars.name, 'authorises the version, as a second person');
  await lars.api.run('dmlItemVersionAuthorise', { id: version.id }, 'dmlItemVersion');
  return { versionId: version.id, digest };
}

/** A change is raised, assessed and authorised, and asks to join a release. */
async function raiseChange({ rosa, cem, aida }: Cast, stage: Stage, { label }: StoryOptions, screen: Screen) {
  screen.step(rosa.name, `raises a change: interlock ${label} on ${stage.targets.size} servers`);
  const change = await rosa.api.run<{ id: string; number: string }>(
    'changeCreate',
    {
      title: `interlock ${label}`,
      type: 'NORMAL',
      risk: 'LOW',
      backOutPlan: 'Point the link at the previous release again.',
      sourceCiIds: [stage.sourceId],
      targetCiIds: [...stage.targets.values()],
    },
    'change',
    'id number',
  );
  await cem.api.run('changeAccept', { id: change.id }, 'change');
  await cem.api.run(
    'changeAssess',
    { id: change.id, assessment: 'Small, well rehearsed, reversible in seconds.' },
    'change',
  );
  screen.step(aida.name, `authorises ${change.number}`);
  await aida.api.run('changeAuthorise', { id: change.id }, 'change');
  screen.step(cem.name, `requests that any available release implement ${change.number}`);
  const request = await cem.api.run(
    'changeReleaseRequestSubmit',
    { changeId: change.id, mode: 'ANY_AVAILABLE', justification: 'Needed this week.' },
    'changeReleaseRequest',
  );
  return { changeId: change.id, requestId: request.id };
}

/** A release is created from the template, and its owner approves the change: its CIs join the scope. */
async function makeRelease(
  { max, olga }: Cast,
  stage: Stage,
  requestId: string,
  versionId: string,
  { label }: StoryOptions,
  screen: Screen,
) {
  screen.step(max.name, 'creates a release from the template');
  const release = await max.api.run<{ id: string; number: string }>(
    'releaseCreate',
    {
      name: `interlock ${label}`,
      kind: 'MINOR',
      packaging: 'FULL',
      ownerId: olga.id,
      templateVersionId: stage.templateVersionId,
      planStart: new Date().toISOString(),
      backOutPlan: 'Point the link at the previous release again.',
    },
    'release',
    'id number',
  );
  screen.step(olga.name, `approves that the change joins ${release.number}`);
  await olga.api.run('changeReleaseRequestApprove', { id: requestId, releaseId: release.id }, 'changeReleaseRequest');
  const { node } = await max.api.query<{
    node: { scope: { nodes: { role: string; viaChange: { number: string } | null }[] } };
  }>(
    `query($id: ID!) {
      node(id: $id) { ... on Release { scope(first: 50) { nodes { role viaChange { number } } } } }
    }`,
    { id: release.id },
  );
  const count = (role: string) => node.scope.nodes.filter((ci) => ci.role === role).length;
  screen.note(
    `${count('SOURCE')} source and ${count('TARGET')} target CIs flowed in, each by ` +
      `${node.scope.nodes[0]?.viaChange?.number}`,
  );
  await max.api.run('releaseAddContent', { id: release.id, dmlItemVersionIds: [versionId] }, 'release');
  return release;
}

interface TaskRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly state: string;
  readonly role: string | null;
  readonly phase: { readonly releaseState: string };
}

async function tasksOf(player: Player, releaseId: string): Promise<TaskRow[]> {
  const { node } = await player.api.query<{ node: { tasks: { nodes: TaskRow[] } } }>(
    'query($id: ID!) { node(id: $id) { ... on Release { tasks(first: 100) { nodes { id name version state role ' +
      'phase { releaseState } } } } } }',
    { id: releaseId },
  );
  return node.tasks.nodes;
}

/** People work on the tasks of a phase in the order of the plan; each task needs the right role. */
async function work({ max, tess }: Cast, releaseId: string, phase: string, screen: Screen): Promise<void> {
  for (;;) {
    const open = (await tasksOf(max, releaseId)).filter(
      (t) => t.phase.releaseState === phase && t.state !== 'COMPLETED',
    );
    const task = open.find((t) => t.state === 'READY');
    if (!task) {
      if (open.length > 0)
        throw new Error(`No task of ${phase} is ready: ${open.map((t) => `${t.name} ${t.state}`).join(', ')}`);
      return;
    }
    const player = task.role === 'TEST_MANAGER' ? tess : max;
    screen.step(player.name, `does "${task.name}"`);
    await player.api.run('taskStart', { id: task.id }, 'task');
    await player.api.run('taskComplete', { id: task.id, evidence: `Done by ${player.name} in the demo.` }, 'task');
  }
}

/** Planning, building, testing, acceptance. */
async function prepare(cast: Cast, releaseId: string, screen: Screen): Promise<void> {
  const { max, olga } = cast;
  await max.api.run('releaseStartPlanning', { id: releaseId }, 'release');
  const [first] = await tasksOf(max, releaseId);
  if (first) {
    screen.step(max.name, `edits the running plan: "${first.name}" gets a description`);
    await max.api.run(
      'taskUpdate',
      { id: first.id, expectedVersion: first.version, description: 'Four waves, the first with five servers.' },
      'task',
    );
  }
  await work(cast, releaseId, 'PLANNING', screen);
  await max.api.run('releaseStartBuilding', { id: releaseId }, 'release');
  await work(cast, releaseId, 'BUILDING', screen);
  await max.api.run('releaseStartTesting', { id: releaseId }, 'release');
  await work(cast, releaseId, 'TESTING', screen);
  screen.step(olga.name, 'accepts the release; the digests of its package are baselined');
  await olga.api.run('releaseAccept', { id: releaseId }, 'release');
}

/** The release is scheduled, stakeholders are informed, the distribution is planned and approved. */
async function schedule(
  { max, dora, olga }: Cast,
  stage: Stage,
  releaseId: string,
  { leadSeconds, estate }: StoryOptions,
  screen: Screen,
) {
  const { scheduleSlots } = await max.api.query<{ scheduleSlots: { startsAt: string }[] }>(
    'query($ciIds: [ID!]!, $from: DateTime!, $release: ID) { scheduleSlots(ciIds: $ciIds, durationMinutes: 15, ' +
      'from: $from, days: 2, first: 1, release: $release) { startsAt } }',
    {
      ciIds: [...stage.targets.values()],
      from: new Date(Date.now() + leadSeconds * 1000).toISOString(),
      release: releaseId,
    },
  );
  const startsAt = scheduleSlots[0]?.startsAt;
  if (startsAt === undefined)
    throw new Error('The calendar has no free quarter of an hour for these servers in the next two days.');
  const endsAt = new Date(Date.parse(startsAt) + 15 * 60_000).toISOString();
  screen.step(max.name, `schedules it in the next free slot of the calendar, at ${startsAt}`);
  await max.api.run('releaseSchedule', { id: releaseId, startsAt, endsAt }, 'release');
  screen.step(max.name, 'informs the stakeholders');
  await max.api.run(
    'releaseCommunicate',
    { id: releaseId, audience: 'shop owners, service desk', message: 'The web servers will be updated in a moment.' },
    'release',
  );
  screen.step(dora.name, 'plans the distribution to the group of servers');
  const { deploymentTools } = await dora.api.query<{ deploymentTools: { nodes: { id: string }[] } }>(
    'query($name: String!) { deploymentTools(first: 1, filter: { name: { eq: $name } }) { nodes { id } } }',
    { name: estate.tool },
  );
  const toolId = deploymentTools.nodes[0]?.id;
  if (toolId === undefined)
    throw new Error(
      `The server has no deployment tool "${estate.tool}". The demo needs a server with its tools: start it without ` +
        'INTERLOCK_TOOLS, or let the demo start one.',
    );
  const distribution = await dora.api.run<{ id: string; number: string; version: number }>(
    'distributionPlan',
    {
      releaseId,
      deploymentToolId: toolId,
      allTargets: true,
      scheduledStart: startsAt,
      scheduledEnd: endsAt,
    },
    'distribution',
    'id number version',
  );
  screen.step(dora.name, 'divides them into four waves; each tolerates one failure');
  await dora.api.run(
    'distributionPlanWaves',
    {
      id: distribution.id,
      expectedVersion: distribution.version,
      by: 'COUNT',
      sizes: [5, 15, 20],
      maxFailures: 1,
      waves: [{ position: 1, name: 'Canary', maxFailures: 0 }],
    },
    'distribution',
  );
  await dora.api.run('distributionRequestApproval', { id: distribution.id }, 'distribution');
  screen.step(olga.name, `approves ${distribution.number}, as a second person`);
  await olga.api.run('distributionApprove', { id: distribution.id }, 'distribution');
  return { ...distribution, toolId, endsAt };
}

/** The change and the release are reviewed and closed. */
async function close({ max, cem, olga }: Cast, changeId: string, releaseId: string, screen: Screen): Promise<void> {
  const { node } = await cem.api.query<{ node: { number: string; state: string; outcome: string } }>(
    `query($id: ID!) { node(id: $id) { ... on Change { number state outcome } } }`,
    { id: changeId },
  );
  screen.step(cem.name, `sees ${node.number} ${node.state} with outcome ${node.outcome}, reviews and closes it`);
  await cem.api.run('changeStartReview', { id: changeId }, 'change');
  await cem.api.run('changeClose', { id: changeId }, 'change');
  screen.step(max.name, 'reviews the release');
  await max.api.run('releaseStartReview', { id: releaseId }, 'release');
  await max.api.run(
    'releaseRecordReview',
    {
      id: releaseId,
      objectivesMet: true,
      summary: 'Two servers failed at first; the rollout stopped, and they got it later.',
      lessons: 'Check the disks first.',
    },
    'release',
  );
  screen.step(olga.name, 'closes it');
  await olga.api.run('releaseClose', { id: releaseId }, 'release');
}

/** Plays the whole story, from a request for change to an updated CMDB, through the public API only. */
export async function playStory(cast: Cast, stage: Stage, options: StoryOptions, screen: Screen): Promise<StoryResult> {
  const { versionId, digest } = await stockLibrary(cast, stage, options, screen);
  const { changeId, requestId } = await raiseChange(cast, stage, options, screen);
  const release = await makeRelease(cast, stage, requestId, versionId, options, screen);
  await prepare(cast, release.id, screen);
  const distribution = await schedule(cast, stage, release.id, options, screen);
  await options.beforeStart();
  screen.step('scheduler', `waits for the scheduled time of ${distribution.number}`);
  const after: { cursor?: string } = {};
  let state = await watch(cast, distribution.id, screen, after);
  if (state !== 'AWAITING_DECISION') throw new Error(`The distribution is ${state}, not AWAITING_DECISION`);
  const excluded = await goOnWithoutFailed(cast, distribution.id, screen);
  state = await watch(cast, distribution.id, screen, after);
  if (state !== 'PARTIALLY_SUCCEEDED') throw new Error(`The distribution ended as ${state}`);
  await deliverTo(cast, release.id, distribution, excluded, screen);
  await close(cast, changeId, release.id, screen);
  return { changeId, releaseId: release.id, versionId, distributionId: distribution.id, digest };
}
