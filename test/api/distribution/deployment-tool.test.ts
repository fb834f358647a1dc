import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PROBE_EVERY_MS } from '../../../src/jobs/distribution/probe.job.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let administrator: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  ({ administrator } = world);
});
afterAll(async () => await app.end());

describe('deployment tools', () => {
  const read = async (name: string, selection: string) =>
    (
      await world.operator.ok(
        `query($name: String!) { deploymentTools(filter: { name: { eq: $name } }) { nodes { ${selection} } } }`,
        { name },
      )
    ).deploymentTools.nodes[0];

  test('say what they are and what they can do, never how they are configured', async () => {
    expect(
      await read(
        'simulator',
        'adapterId title state configured capabilities { submit observe cancel pause operations verifiesDigest ' +
          'maxTargets }',
      ),
    ).toEqual({
      adapterId: 'simulator',
      title: 'Simulator',
      state: 'READY',
      configured: true,
      capabilities: {
        submit: 'IDEMPOTENT',
        observe: ['POLL'],
        cancel: 'CONFIRMED',
        pause: false,
        operations: ['INSTALL', 'REMOVE', 'VERIFY', 'UNDO', 'COMMIT'],
        verifiesDigest: false,
        maxTargets: null,
      },
    });
    const { targetSchema, packageSchema } = await read('directory', 'targetSchema packageSchema');
    expect(targetSchema).toMatchObject({ required: ['directory'] });
    expect(packageSchema).toMatchObject({ type: 'object' });
    const { __type } = await world.operator.ok(`{ __type(name: "DeploymentTool") { fields { name } } }`);
    expect(__type.fields.map(({ name }: { name: string }) => name)).not.toContain('config');
    expect(await app.count(`deployment_tool where row_to_json(deployment_tool)::text like '%INSTALL_ROOT%'`)).toBe(0);
  });

  test('keep their version while probes find what they found before', async () => {
    await app.jobs.runOnce();
    const before = await read('simulator', 'version updatedAt state');
    for (let probe = 0; probe < 3; probe++) {
      clock.advance(PROBE_EVERY_MS);
      await app.jobs.runOnce();
      expect(
        await app.count(`deployment_tool where name = 'simulator' and probed_at = '${clock.now().toISOString()}'`),
      ).toBe(1);
    }
    expect(await read('simulator', 'version updatedAt state')).toEqual(before);
  });

  test('are taken out of use by an administrator, but not while they have something in hand', async () => {
    const tool = await world.tool('simulator');
    const release = await world.ready(['web']);
    const waiting = await world.plan(await world.ready(['web']));
    const id = await world.started(release);
    await app.jobs.runOnce();
    expect(await refusalCodes(administrator, 'deploymentToolDisable', { id: tool })).toContain('TOOL_IN_USE');
    await world.pass(90, 5_000);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect(await rejectionCode(world.manager, 'deploymentToolDisable', { id: tool })).toBe('FORBIDDEN');
    expect(
      await administrator.run('deploymentToolProbe', { id: tool }, 'deploymentTool', 'availableCommands { command }'),
    ).toEqual({
      availableCommands: ['Probe', 'Disable', 'Update'].map((command) => ({ command: `deploymentTool${command}` })),
    });
    expect(
      await administrator.run(
        'deploymentToolDisable',
        { id: tool, reason: 'Upgrade.' },
        'deploymentTool',
        'state availableCommands { command }',
      ),
    ).toEqual({
      state: 'DISABLED',
      availableCommands: [{ command: 'deploymentToolEnable' }, { command: 'deploymentToolUpdate' }],
    });
    await world.act('Schedule', waiting);
    expect(await world.refusal('Start', waiting)).toEqual(['ADAPTER_UNHEALTHY']);
    expect(await refusalCodes(administrator, 'deploymentToolProbe', { id: tool })).toEqual(['ILLEGAL_TRANSITION']);
    await app.jobs.runOnce();
    expect(await read('simulator', 'state')).toEqual({ state: 'DISABLED' });
    await administrator.run('deploymentToolEnable', { id: tool }, 'deploymentTool');
    await app.jobs.runOnce();
    expect(await read('simulator', 'state')).toEqual({ state: 'READY' });
    // Its time had come meanwhile, so it did not wait for a person.
    expect(await world.state(waiting)).toBe('RUNNING');
  });
});
