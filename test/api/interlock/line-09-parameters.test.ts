import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let release: ReadyRelease;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  release = await world.ready(['web']);
});
afterAll(async () => await app.end());

describe('parameters that the tool does not know', () => {
  const unknown: readonly [string, string, object][] = [
    ['a misspelt part', 'simulator', { simulatr: { script: 'succeed' } }],
    ['a misspelt property', 'simulator', { simulator: { scrpt: 'succeed' } }],
    ['a script that nobody defined', 'simulator', { simulator: { script: 'sucseed' } }],
    ['any at all for a person', 'manual', { reboot: true }],
  ];

  test.each(unknown)('are refused when it is planned: %s', async (_what, tool, parameters) => {
    const input = {
      releaseId: release.id,
      deploymentToolId: await world.tool(tool),
      allTargets: true,
      parameters,
    };
    const problems = await expectRefused(world.operator, 'distributionPlan', input);
    expect(problems.map(({ code, path }) => [code, path])).toContainEqual(['PARAMETERS_INVALID', ['parameters']]);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['PARAMETERS_INVALID']));
  });

  test('are refused when it is edited, and again when it starts', async () => {
    const id = await world.plan(release, { parameters: world.simulate() });
    const { version } = await world.read(id, 'version');
    const edit = { id, expectedVersion: version, parameters: { simulator: { stepMs: 5 } } };
    expect(await refusalCodes(world.operator, 'distributionUpdate', edit)).toEqual(['PARAMETERS_INVALID']);
    await world.act('Schedule', id);
    // As if it had been planned before the tool changed.
    await app.readDatabase.pool.query(`update distribution set parameters = '{"simulatr": 1}' where id = $1`, [
      fromNodeId('Distribution', id, 'id'),
    ]);
    expect(await world.refusal('Start', id)).toContain('PARAMETERS_INVALID');
  });

  test('can be looked up', async () => {
    const { deploymentTools } = await world.operator.ok('{ deploymentTools { nodes { name parametersSchema } } }');
    const schemas = Object.fromEntries(
      deploymentTools.nodes.map(({ name, parametersSchema }: { name: string; parametersSchema: object }) => [
        name,
        parametersSchema,
      ]),
    );
    expect(schemas['simulator']).toMatchObject({ properties: { simulator: {} }, additionalProperties: false });
    expect(schemas['manual']).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
