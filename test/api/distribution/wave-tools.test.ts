import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AdapterModule, DistributionRequest } from '../../../src/adapters/adapter.js';
import { toNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { Rollouts } from '../../support/rollouts.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

/** What each tool was given, in order. */
const given: {
  readonly tool: string;
  readonly method: 'preflight' | 'submit';
  readonly request: DistributionRequest;
}[] = [];

/** A tool for machines that have an account for it; others it cannot reach. */
const forMachines = (tool: string, more: Parameters<typeof reworked>[2] = {}): AdapterModule => ({
  ...reworked(
    tool,
    (inner) => ({
      preflight: async (request, signal) => {
        given.push({ tool, method: 'preflight', request });
        return await inner.preflight(request, signal);
      },
      submit: async (request, signal) => {
        given.push({ tool, method: 'submit', request });
        return { ...(await inner.submit(request, signal)), adapterId: tool };
      },
    }),
    more,
  ),
  targetSchema: { type: 'object', required: ['account'], properties: { account: { type: 'string' } } },
});

const clock = new TestClock();
let app: TestApp;
let world: Story;
let rollouts: Rollouts;
/** Node ids of the tools by name. */
const tools: Record<string, string> = {};

beforeAll(async () => {
  app = await startTestApp({
    clock: clock.now,
    adapters: [
      { instance: 'unix', module: forMachines('unix') },
      { instance: 'windows', module: forMachines('windows') },
      { instance: 'stubborn', module: forMachines('stubborn', { operations: ['install'], preflight: 'none' }) },
    ],
  });
  world = await storyOf(app, clock);
  rollouts = new Rollouts(world);
  for (const name of ['unix', 'windows', 'stubborn']) tools[name] = await world.tool(name);
});
afterAll(async () => await app.end());

let count = 0;

/** A release for three Unix and two Windows machines, and a target group for each kind. */
async function estate(): Promise<{ release: ReadyRelease; unix: string; windows: string }> {
  const n = ++count;
  const cis: Record<string, string> = {};
  for (const [name, tool] of [
    ['u1', 'unix'],
    ['u2', 'unix'],
    ['u3', 'unix'],
    ['w1', 'windows'],
    ['w2', 'windows'],
  ] as const)
    cis[name] = await world.ci(`${name}-${n}`, { bindings: { [tool]: { account: 'deploy' } } });
  const release = await world.ready([], { cis });
  const group = async (name: string, members: readonly string[]) => {
    const input = { name: `${name} ${n}`, ciIds: members.map((member) => cis[member]) };
    return (await world.operator.run('targetGroupCreate', input, 'targetGroup')).id as string;
  };
  return { release, unix: await group('Unix', ['u1', 'u2', 'u3']), windows: await group('Windows', ['w1', 'w2']) };
}

const simulated = (script: string) => ({ simulator: { script } });
const keys = (id: string) => given.filter(({ method, request }) => method === 'submit' && request.key.startsWith(id));
const namesOf = (request: DistributionRequest) => request.targets.map(({ name }) => name.replace(/-\d+$/, '')).sort();

/** A rollout that is planned for both kinds, and scheduled. */
async function planned(
  { release, unix, windows }: Awaited<ReturnType<typeof estate>>,
  forWindows: Record<string, unknown> = {},
): Promise<string> {
  const id = await world.plan(release, { furtherDeploymentToolIds: [tools['windows']] }, 'unix');
  await rollouts.planWaves(id, {
    by: 'GROUP',
    targetGroupIds: [unix, windows],
    waves: [
      { targetGroupId: unix, parameters: simulated('succeed') },
      { targetGroupId: windows, deploymentToolId: tools['windows'], ...forWindows },
    ],
  });
  return id;
}

describe('a group with a tool, parameters and a schedule of its own', () => {
  test('is a wave of the same rollout: each run goes to its tool, and a back-out to all of them', async () => {
    const all = await estate();
    const { release } = all;
    const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const id = await planned(all, { parameters: simulated('succeed'), opensAt });
    expect(
      await world.read(
        id,
        `deploymentTool { name } furtherDeploymentTools { nodes { name } }
        waves { nodes { name deploymentTool { name } } }`,
      ),
    ).toEqual({
      deploymentTool: { name: 'unix' },
      furtherDeploymentTools: { nodes: [{ name: 'windows' }] },
      waves: {
        nodes: [
          { name: `Unix ${count}`, deploymentTool: null },
          { name: `Windows ${count}`, deploymentTool: { name: 'windows' } },
        ],
      },
    });

    // One question, and each tool is asked about its own targets.
    given.length = 0;
    await world.act('Preflight', id);
    await world.pass(3);
    expect(await world.read(id, 'preflight { verdict error }')).toEqual({ preflight: { verdict: 'OK', error: null } });
    expect(Object.fromEntries(given.map(({ tool, request }) => [tool, namesOf(request)]))).toEqual({
      unix: ['u1', 'u2', 'u3'],
      windows: ['w1', 'w2'],
    });

    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'BETWEEN_WAVES', 60);
    expect(await world.refusal('Advance', id)).toEqual(['WAVE_NOT_READY']);
    // The tools are part of what is approved.
    expect(await rollouts.planRefusal(id, { by: 'COUNT', sizes: [1] }, world.manager)).toContain('PLAN_INVALID');
    const { distributionSimulate } = await world.operator.ok(
      `query($id: ID!) { distributionSimulate(id: $id) { classes { deploymentTool { name } targets basis } } }`,
      { id },
    );
    expect(distributionSimulate.classes).toEqual([{ deploymentTool: { name: 'windows' }, targets: 2, basis: 'NONE' }]);
    clock.advance(3_600_000);
    await world.passUntil(id, 'SUCCEEDED', 60);
    const { number } = await world.read(id, 'number');
    expect(keys(number).map(({ tool, request }) => [tool, namesOf(request)])).toEqual([
      ['unix', ['u1', 'u2', 'u3']],
      ['windows', ['w1', 'w2']],
    ]);
    expect(await world.read(id, 'runs { nodes { attempt deploymentTool { name } } } release { state }')).toEqual({
      runs: {
        nodes: [
          { attempt: 1, deploymentTool: { name: 'unix' } },
          { attempt: 2, deploymentTool: { name: 'windows' } },
        ],
      },
      release: { state: 'DEPLOYED' },
    });

    // The last wave goes back first. The Unix machines wait for their turn and are kept meanwhile.
    await world.step('releaseStartBackOut', release.id, { reason: 'It loses orders.' });
    expect(await world.act('StartBackOut', id)).toBe('BACKING_OUT');
    expect(await world.targets(id)).toMatchObject({ w1: { attempt: 3 }, u1: { attempt: 4, state: 'PENDING' } });
    const kept = await world.read(release.cis['u1'] as string, 'version');
    const decommission = { id: release.cis['u1'], expectedVersion: kept.version, lifecycleState: 'DECOMMISSIONED' };
    expect(await refusalCodes(world.configurationManager, 'configurationItemUpdate', decommission)).toContain(
      'CI_IN_USE',
    );
    await world.passUntil(id, 'BACKED_OUT', 120);
    expect(keys(number).map(({ tool, request }) => [tool, request.operation, namesOf(request)])).toEqual([
      ['unix', 'install', ['u1', 'u2', 'u3']],
      ['windows', 'install', ['w1', 'w2']],
      ['windows', 'undo', ['w1', 'w2']],
      ['unix', 'undo', ['u1', 'u2', 'u3']],
    ]);
    const states = Object.values(await world.targets(id)).map(({ state }) => state);
    expect(states).toEqual(Array(5).fill('BACKED_OUT'));
    expect(await world.events(id)).toContain('distribution.back-out-continued');
  });

  test('trips its own threshold, and a retry goes to its tool again', async () => {
    const all = await estate();
    const id = await planned(all, { parameters: { simulator: { script: 'fail' } } });
    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'AWAITING_DECISION', 120);
    expect(await rollouts.states(id)).toEqual(['PASSED', 'TRIPPED']);
    await rollouts.decide(await rollouts.decision(id), 'RETRY');
    await world.passUntil(id, 'AWAITING_DECISION', 120);
    const { number } = await world.read(id, 'number');
    expect(keys(number).map(({ tool }) => tool)).toEqual(['unix', 'windows', 'windows']);

    // Nothing was delivered by the second tool, so only the first has something to undo.
    await rollouts.decide(await rollouts.decision(id), 'STOP');
    await world.step('releaseStartBackOut', all.release.id, { reason: 'It fails.' });
    await world.act('StartBackOut', id);
    await world.passUntil(id, 'BACKED_OUT', 120);
    expect(
      keys(number)
        .map(({ tool, request }) => `${tool} ${request.operation}`)
        .at(-1),
    ).toBe('unix undo');
  });
});

describe('tools of single waves', () => {
  test('have to fit: the plan, the waves and the back-out name what does not', async () => {
    const all = await estate();
    const { release, unix, windows } = all;
    const input = {
      releaseId: release.id,
      deploymentToolId: tools['unix'],
      allTargets: true,
      scheduledStart: clock.now().toISOString(),
    };
    // Without the second tool the Windows machines fit none.
    expect(await refusalCodes(world.operator, 'distributionPlan', input)).toEqual([
      'BINDING_INVALID',
      'BINDING_INVALID',
    ]);
    const id = await world.plan(release, { furtherDeploymentToolIds: [tools['windows']] }, 'unix');
    // No wave has it yet, so nobody knows which target it is for.
    expect(await world.refusal('Schedule', id)).toEqual(['PLAN_INVALID']);
    const groups = { by: 'GROUP', targetGroupIds: [unix, windows] };
    const waves = (deploymentToolId: string | undefined, targetGroupId = windows) => ({
      ...groups,
      waves: [{ targetGroupId, deploymentToolId }],
    });
    expect(await rollouts.planRefusal(id, groups)).toEqual(['BINDING_INVALID', 'BINDING_INVALID']);
    expect(await rollouts.planRefusal(id, waves(tools['windows'], unix))).toEqual(Array(5).fill('BINDING_INVALID'));
    expect(await rollouts.planRefusal(id, waves(tools['stubborn']))).toContain('PLAN_INVALID');
    expect(await rollouts.planRefusal(id, waves(toNodeId('DeploymentTool', crypto.randomUUID())))).toContain(
      'PLAN_INVALID',
    );
    await rollouts.planWaves(id, waves(tools['windows']));

    // The wave keeps its tool when the plan changes, wherever it comes to stand; the tool stays while a wave has it.
    const { version } = await world.read(id, 'version');
    const update = { id, expectedVersion: version };
    expect(
      await refusalCodes(world.operator, 'distributionUpdate', { ...update, furtherDeploymentToolIds: [] }),
    ).toContain('PLAN_INVALID');
    const targetIds = [release.cis['w1'], release.cis['w2']];
    await world.operator.run('distributionUpdate', { ...update, targetIds }, 'distribution');
    expect(await rollouts.waves(id, 'name position deploymentTool { name }')).toEqual([
      { name: `Windows ${count}`, position: 1, deploymentTool: { name: 'windows' } },
    ]);
  });

  test('have to undo, all of them, before anything is taken back', async () => {
    const cis = {
      u: await world.ci('undo-u', { bindings: { unix: { account: 'a' } } }),
      s: await world.ci('undo-s', { bindings: { stubborn: { account: 'a' } } }),
    };
    const release = await world.ready([], { cis });
    const id = await world.plan(release, { furtherDeploymentToolIds: [tools['stubborn']] }, 'unix');
    await rollouts.planWaves(id, {
      by: 'LIST',
      lists: [{ targetIds: [cis.u] }, { targetIds: [cis.s] }],
      waves: [{ position: 2, deploymentToolId: tools['stubborn'] }],
    });
    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'SUCCEEDED', 120);
    await world.step('releaseStartBackOut', release.id, { reason: 'Broken.' });
    expect(await world.refusal('StartBackOut', id)).toEqual(['ADAPTER_UNSUPPORTED', 'ADAPTER_UNSUPPORTED']);
    expect(await world.state(id)).toBe('SUCCEEDED');
  });
});
