import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';
import type { TestClock } from './clock.js';
import { authorisedVersion, makeItem } from './media.js';
import { ReleaseWorld } from './releases.js';

/** How a simulated target shall behave; see the simulator's README. */
export type Script = string | Record<string, unknown>;

/** A release that is ready to be distributed. */
export interface ReadyRelease {
  readonly id: string;
  /** Node ids of its targets by name. */
  readonly cis: Readonly<Record<string, string>>;
}

/** The people of deployment and short ways to what tests of distributions need. Everything goes through the API. */
export class DistributionWorld {
  #number = 0;

  private constructor(
    readonly app: TestApp,
    readonly clock: TestClock,
    readonly releases: ReleaseWorld,
    readonly operator: TestClient,
    readonly librarian: TestClient,
    readonly secondLibrarian: TestClient,
  ) {}

  static async of(app: TestApp, clock: TestClock): Promise<DistributionWorld> {
    const world = new DistributionWorld(
      app,
      clock,
      await ReleaseWorld.of(app),
      await app.as('oskar', 'DEPLOYMENT_OPERATOR'),
      await app.as('lara', 'DML_LIBRARIAN'),
      await app.as('liam', 'DML_LIBRARIAN'),
    );
    await app.jobs.runOnce(); // the first probe of the tools
    return world;
  }

  get manager(): TestClient {
    return this.releases.manager;
  }

  /** An authorised media version. @returns its id */
  async media(item: string, label: string, bytes = `${item} ${label}`): Promise<string> {
    return await authorisedVersion(this.app, this.librarian, this.secondLibrarian, item, label, bytes);
  }

  async item(name: string): Promise<string> {
    return await makeItem(this.librarian, name);
  }

  /** A release with the named targets that has been accepted, scheduled and communicated. */
  async ready(
    targets: readonly string[],
    options: {
      readonly content?: readonly string[];
      readonly ci?: Record<string, unknown>;
      readonly cis?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<ReadyRelease> {
    const { releases } = this;
    const n = ++this.#number;
    const cis: Record<string, string> = { ...options.cis };
    for (const name of targets) cis[name] = await releases.ci(`${name}-${n}`, 'SERVER', options.ci);
    const { id } = await releases.release(`Release ${n}`);
    await releases.addTargets(id, ...Object.values(cis));
    if (options.content)
      await this.manager.run('releaseAddContent', { id, dmlItemVersionIds: options.content }, 'release');
    else await releases.addContent(id);
    for (const step of ['releaseStartPlanning', 'releaseStartBuilding', 'releaseStartTesting'])
      await releases.step(step, id);
    await releases.step('releaseAccept', id, {}, releases.owner);
    // Far away and apart, so that releases of one test never meet in the schedule.
    const day = 86_400_000;
    const startsAt = new Date(this.clock.now().getTime() + n * day);
    await releases.step('releaseSchedule', id, {
      startsAt: startsAt.toISOString(),
      endsAt: new Date(startsAt.getTime() + day / 2).toISOString(),
    });
    await releases.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
    return { id, cis };
  }

  /** Node id of a deployment tool. */
  async tool(name: string): Promise<string> {
    const { deploymentTools } = await this.operator.ok(
      `query($name: String!) { deploymentTools(filter: { name: { eq: $name } }) { nodes { id } } }`,
      { name },
    );
    return deploymentTools.nodes[0].id;
  }

  /** What the simulator is told: a script for all targets, scripts for some, faults of the tool. */
  simulate(
    script: Script = 'succeed',
    targets: Record<string, Script> = {},
    faults?: Record<string, unknown>,
  ): Record<string, unknown> {
    return { simulator: { script, targets, ...(faults && { faults }) } };
  }

  /** A distribution to all targets of a release, planned for the next minute. @returns its id */
  async plan(release: ReadyRelease, more: Record<string, unknown> = {}, tool = 'simulator'): Promise<string> {
    const input = {
      releaseId: release.id,
      deploymentToolId: await this.tool(tool),
      scheduledStart: new Date(this.clock.now().getTime() + 60_000).toISOString(),
      ...more,
    };
    return (
      await this.operator.run(
        'distributionPlan',
        'targetIds' in more ? input : { ...input, allTargets: true },
        'distribution',
      )
    ).id;
  }

  /** Carries out a command of the operator. @returns the state after it */
  async act(command: string, id: string, more: Record<string, unknown> = {}, client = this.operator): Promise<string> {
    return (await client.run(`distribution${command}`, { id, ...more }, 'distribution', 'state')).state;
  }

  /** Codes with which a command is refused. */
  async refusal(
    command: string,
    id: string,
    more: Record<string, unknown> = {},
    client = this.operator,
  ): Promise<string[]> {
    const { userErrors } = await client.attempt(`distribution${command}`, { id, ...more }, 'distribution');
    return userErrors.map(({ code }: { code: string }) => code).sort();
  }

  /** Plans, schedules and starts a distribution. @returns its id */
  async started(release: ReadyRelease, more: Record<string, unknown> = {}, tool = 'simulator'): Promise<string> {
    const id = await this.plan(release, more, tool);
    await this.act('Schedule', id);
    await this.act('Start', id);
    return id;
  }

  /** Lets time pass in steps and does what is due after each, as a running server would. */
  async pass(seconds: number, stepMs = 500): Promise<void> {
    for (let passed = 0; passed < seconds * 1_000; passed += stepMs) {
      this.clock.advance(stepMs);
      await this.app.jobs.runOnce();
    }
  }

  /** Lets time pass until a distribution is in a state. Waits are partly left to chance, so tests name the state, not the instant. @throws Error after `seconds` */
  async passUntil(id: string, state: string, seconds: number, stepMs = 2_000): Promise<void> {
    for (let passed = 0; (await this.state(id)) !== state; passed += stepMs) {
      if (passed > seconds * 1_000)
        throw new Error(`After ${seconds} s the distribution is still ${await this.state(id)}, not ${state}.`);
      await this.pass(stepMs / 1_000, stepMs);
    }
  }

  /** Any fields of a distribution. */
  async read(id: string, selection: string): Promise<any> {
    return (
      await this.operator.ok(`query($id: ID!) { node(id: $id) { ... on Distribution { ${selection} } } }`, { id })
    ).node;
  }

  async state(id: string): Promise<string> {
    return (await this.read(id, 'state')).state;
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
}
