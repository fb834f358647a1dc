import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { parseNodeId } from '../../src/domain/node-id.js';
import type { TestApp } from './app.js';
import { castOf, type Cast } from './cast.js';
import type { TestClient } from './client.js';
import type { TestClock } from './clock.js';
import { authorisedVersion, makeItem } from './media.js';
import { patchPlan } from './plans.js';
import { refusalCodes } from './refusals.js';

/** Fields of an input on top of what a function gives by itself. */
type More = Record<string, unknown>;

/** What most tests need to know of an object that was made. */
export interface Made {
  readonly id: string;
  readonly number: string;
  readonly version: number;
}

/** How a simulated target shall behave; see the simulator's README. */
export type Script = string | Record<string, unknown>;

/** A release that is ready to be distributed. */
export interface ReadyRelease {
  readonly id: string;
  /** Node ids of its targets by name. */
  readonly cis: Readonly<Record<string, string>>;
}

const DAY = 86_400_000;

/** What a test takes as given, from a configuration item to a distribution. Everything goes through the API. */
class Given {
  #content: Promise<string> | undefined;
  #number = 0;

  constructor(
    readonly app: TestApp,
    readonly cast: Cast,
    readonly clock: TestClock | undefined,
  ) {}

  /** Any fields of an object, read by somebody who works with its kind. */
  async read(id: string, selection: string, client?: TestClient): Promise<any> {
    const type = parseNodeId(id)?.type;
    const reader = client ?? (type === 'Distribution' ? this.cast.operator : this.cast.manager);
    return (await reader.ok(`query($id: ID!) { node(id: $id) { ... on ${type} { ${selection} } } }`, { id })).node;
  }

  async state(id: string): Promise<string> {
    return (await this.read(id, 'state')).state;
  }

  // Configuration items and changes

  /** A new configuration item, a server and authorised unless told otherwise. @returns its id */
  async ci(name: string, { authorised = true, ...more }: More & { authorised?: boolean } = {}): Promise<string> {
    const { configurationManager } = this.cast;
    const input = { name, ciClass: 'SERVER', ...more };
    const { id } = await configurationManager.run('configurationItemRegister', input, 'configurationItem');
    if (authorised) await configurationManager.run('configurationItemAuthorise', { id }, 'configurationItem');
    return id;
  }

  /** A new change in state OPEN with a back-out plan. */
  async change(title: string, more: More = {}): Promise<Made> {
    const input = { title, backOutPlan: 'Restore the snapshot.', ...more };
    return await this.cast.requester.run('changeCreate', input, 'change', 'id number version');
  }

  /** A new change in state AUTHORISED. */
  async authorised(title: string, targetCiIds: readonly string[], more: More = {}): Promise<Made> {
    const { changeManager, authority } = this.cast;
    const { id } = await this.change(title, { targetCiIds, ...more });
    await changeManager.run('changeAccept', { id }, 'change');
    await changeManager.run('changeAssess', { id, assessment: 'Little can go wrong.', risk: 'LOW' }, 'change');
    return await authority.run('changeAuthorise', { id }, 'change', 'id number version');
  }

  /** Lets a change join a release by a request and its approval. */
  async join(changeId: string, releaseId: string, owner = this.cast.owner): Promise<void> {
    const { id } = await this.cast.requester.run(
      'changeReleaseRequestSubmit',
      { changeId, releaseId, mode: 'SPECIFIC_RELEASE' },
      'changeReleaseRequest',
    );
    await owner.run('changeReleaseRequestApprove', { id }, 'changeReleaseRequest');
  }

  // The library

  /** An item of a repository of its own. @returns its id */
  async item(name: string): Promise<string> {
    return await makeItem(this.cast.librarian, name);
  }

  /** An authorised media version. @param more fields, for example `bindings` for a tool. @returns its id */
  async media(item: string, label: string, bytes = `${item} ${label}`, more: More = {}): Promise<string> {
    const { librarian, secondLibrarian } = this.cast;
    return await authorisedVersion(this.app, librarian, secondLibrarian, item, label, bytes, more);
  }

  // Releases

  /** A published template version. @returns the ids of template and version */
  async template(name: string, plan: object = patchPlan): Promise<{ id: string; versionId: string }> {
    const { manager, secondManager } = this.cast;
    const selection = 'id versions { nodes { id } }';
    const template = await manager.run('releaseTemplateCreate', { name, plan }, 'releaseTemplate', selection);
    const versionId = template.versions.nodes[0].id as string;
    await secondManager.run('releaseTemplateVersionPublish', { id: versionId }, 'releaseTemplateVersion');
    return { id: template.id, versionId };
  }

  /** A new release in state DRAFT, managed by `manager` and owned by `owner`, with a back-out plan. */
  async release(name: string, more: More = {}): Promise<Made> {
    const { manager, owner } = this.cast;
    const input = { name, ownerId: owner.personId, backOutPlan: 'Restore the snapshot.', ...more };
    return await manager.run('releaseCreate', input, 'release', 'id number version');
  }

  async addTargets(releaseId: string, ...ciIds: string[]): Promise<void> {
    await this.cast.manager.run('releaseAddCi', { id: releaseId, role: 'TARGET', ciIds }, 'release');
  }

  async removeTargets(releaseId: string, ...ciIds: string[]): Promise<void> {
    await this.cast.manager.run('releaseRemoveCi', { id: releaseId, role: 'TARGET', ciIds }, 'release');
  }

  /** Puts media into the package: authorised versions, or the one of payroll that any release can take. */
  async addContent(releaseId: string, ...versionIds: string[]): Promise<void> {
    const ids =
      versionIds.length > 0
        ? versionIds
        : [await (this.#content ??= this.item('payroll').then((item) => this.media(item, '4.0', 'the bytes')))];
    await this.cast.manager.run('releaseAddContent', { id: releaseId, dmlItemVersionIds: ids }, 'release');
  }

  /** Runs a command of a release. @returns the state after it */
  async step(mutation: string, releaseId: string, more: More = {}, client = this.cast.manager): Promise<string> {
    return (await client.run(mutation, { id: releaseId, ...more }, 'release', 'state')).state;
  }

  /** Passes a part in a release on to somebody else. */
  async handOver(releaseId: string, from: TestClient, parts: { ownerId?: string; managerId?: string }): Promise<void> {
    await from.run('releaseHandOver', { id: releaseId, ...parts, reason: 'On leave from today.' }, 'release');
  }

  /** Takes a release from DRAFT to TESTING, step by step. */
  async startTesting(releaseId: string): Promise<void> {
    for (const command of ['releaseStartPlanning', 'releaseStartBuilding', 'releaseStartTesting'])
      await this.step(command, releaseId);
  }

  /** Has the package of a release that is in TESTING or later tested by the test manager. */
  async tested(releaseId: string): Promise<void> {
    const { manager, tester } = this.cast;
    const phase = await manager.run('phaseAdd', { releaseId, name: 'Test', releaseState: 'TESTING' }, 'phase');
    const task = { phaseId: phase.id, name: 'smoke test', kind: 'TEST', role: 'TEST_MANAGER' };
    const { id } = await manager.run('taskAdd', task, 'task');
    await tester.run('taskStart', { id }, 'task');
    await tester.run('taskComplete', { id, evidence: 'https://tests.example/1' }, 'task');
  }

  /**
   * A release in state ACCEPTED with targets and content, tested where its targets require that.
   * @returns its id
   */
  async accepted(name: string, ciIds: readonly string[], more: More = {}, content: readonly string[] = []) {
    const { id } = await this.release(name, more);
    if (ciIds.length > 0) await this.addTargets(id, ...ciIds);
    await this.addContent(id, ...content);
    await this.startTesting(id);
    if ((await this.read(id, 'plan { requires { testEvidence } }')).plan.requires.testEvidence) await this.tested(id);
    expect(await this.step('releaseAccept', id, {}, this.cast.owner)).toBe('ACCEPTED');
    return id;
  }

  /** A release with the named targets that has been accepted, scheduled and communicated. */
  async ready(
    targets: readonly string[],
    options: {
      readonly content?: readonly string[];
      readonly ci?: More;
      readonly cis?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<ReadyRelease> {
    const n = ++this.#number;
    const cis: Record<string, string> = { ...options.cis };
    for (const name of targets) cis[name] = await this.ci(`${name}-${n}`, options.ci);
    const id = await this.accepted(`Release ${n}`, Object.values(cis), {}, options.content);
    // From now on, so that its distributions can start at once. Releases of one test have targets of their own.
    await this.step('releaseSchedule', id, { startsAt: this.#in(0), endsAt: this.#in(DAY / 2) });
    await this.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
    return { id, cis };
  }

  /** The tasks of a release by name. */
  async tasks(releaseId: string, selection = ''): Promise<Record<string, any>> {
    const { tasks } = await this.read(releaseId, `tasks { nodes { id name state version ${selection} } }`);
    return Object.fromEntries(tasks.nodes.map((task: { name: string }) => [task.name, task]));
  }

  // Distributions

  /** Node id of a deployment tool. */
  async tool(name: string): Promise<string> {
    const { deploymentTools } = await this.cast.operator.ok(
      `query($name: String!) { deploymentTools(filter: { name: { eq: $name } }) { nodes { id } } }`,
      { name },
    );
    return deploymentTools.nodes[0].id;
  }

  /** Parameters for the simulator: a script for all targets, scripts for some, faults of the tool. */
  simulate(script: Script = 'succeed', targets: Record<string, Script> = {}, faults?: Record<string, unknown>): More {
    return { simulator: { script, targets, ...(faults && { faults }) } };
  }

  /** A distribution to all targets of a release, planned for now. @returns its id */
  async plan(release: ReadyRelease, more: More = {}, tool = 'simulator'): Promise<string> {
    const input = {
      releaseId: release.id,
      deploymentToolId: await this.tool(tool),
      scheduledStart: this.#in(0),
      ...(!('targetIds' in more) && { allTargets: true }),
      ...more,
    };
    return (await this.cast.operator.run('distributionPlan', input, 'distribution')).id;
  }

  /** Runs a command of a distribution, as in `act('Start', id)`. @returns the state after it */
  async act(command: string, id: string, more: More = {}, client = this.cast.operator): Promise<string> {
    return (await client.run(`distribution${command}`, { id, ...more }, 'distribution', 'state')).state;
  }

  /** Codes with which a command of a distribution is refused. */
  async refusal(command: string, id: string, more: More = {}, client = this.cast.operator): Promise<string[]> {
    return await refusalCodes(client, `distribution${command}`, { id, ...more });
  }

  /** Plans, schedules and starts a distribution. @returns its id */
  async started(release: ReadyRelease, more: More = {}, tool = 'simulator'): Promise<string> {
    const id = await this.plan(release, more, tool);
    await this.act('Schedule', id);
    await this.begin(id);
    return id;
  }

  /** Starts a distribution whose time has come, unless the server was faster. */
  async begin(id: string): Promise<void> {
    const { userErrors } = await this.cast.operator.attempt('distributionStart', { id }, 'distribution');
    if (userErrors.length > 0 && (await this.state(id)) === 'SCHEDULED')
      throw new Error(`distributionStart was refused: ${JSON.stringify(userErrors)}`);
  }

  /** Targets of a distribution by the name they were given. */
  async targets(id: string, selection = 'state attempt'): Promise<Record<string, any>> {
    const { targets } = await this.read(id, `targets(first: 200) { nodes { ci { name } ${selection} } }`);
    return Object.fromEntries(
      targets.nodes.map(({ ci, ...rest }: { ci: { name: string } }) => [ci.name.replace(/-\d+$/, ''), rest]),
    );
  }

  /** Types of the events of a distribution, first to last, without those about single targets. */
  async events(id: string): Promise<string[]> {
    await this.app.relay();
    const { events } = await this.read(id, 'events(first: 200) { nodes { type } }');
    return events.nodes
      .map(({ type }: { type: string }) => type)
      .filter((type: string) => type.startsWith('distribution.') && !type.startsWith('distribution.target-'))
      .reverse();
  }

  /** Keys of the runs that a simulator really has, from its own files. */
  runsOf(tool = 'simulator', app: TestApp = this.app): string[] {
    return readdirSync(join(app.config.workDir, tool, 'runs')).sort();
  }

  // Time

  /** Lets time pass in steps and does what is due after each, as a running server would. */
  async pass(seconds: number, stepMs = 500): Promise<void> {
    if (!this.clock) throw new Error("The system's clock cannot be moved.");
    for (let passed = 0; passed < seconds * 1_000; passed += stepMs) {
      this.clock.advance(stepMs);
      await this.app.jobs.runOnce();
    }
  }

  /**
   * Lets time pass until an object is in a state. Waits are partly left to chance, so tests name the state, not the
   * instant.
   * @throws Error after `seconds`
   */
  async passUntil(id: string, state: string, seconds: number, stepMs = 2_000): Promise<void> {
    for (let passed = 0; (await this.state(id)) !== state; passed += stepMs) {
      if (passed > seconds * 1_000)
        throw new Error(`After ${seconds} s the state is still ${await this.state(id)}, not ${state}.`);
      await this.pass(stepMs / 1_000, stepMs);
    }
  }

  #in(ms: number): string {
    return new Date((this.clock?.now() ?? new Date()).getTime() + ms).toISOString();
  }
}

/** The people, as in `story.owner`, and what a test takes as given, as in `story.accepted('Payroll 4', [ci])`. */
export type Story = Cast & Given;

/**
 * Begins a story: signs everybody in, and lets the server probe its deployment tools.
 * @param clock the clock of the app, where that is not the system's.
 */
export async function storyOf(app: TestApp, clock?: TestClock): Promise<Story> {
  const cast = await castOf(app);
  await app.jobs.runOnce();
  return Object.assign(new Given(app, cast, clock), cast);
}
