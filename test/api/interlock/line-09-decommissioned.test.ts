import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

/** Line 9: what a distribution works on stays in service until it is done. */

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const OUT = { lifecycleState: 'DECOMMISSIONED' };
const LIVE = { lifecycleState: 'PRODUCTION' };
const HANG = { parameters: { simulator: { script: 'hang' } } };

const edit = async (id: string, fields: Record<string, unknown>) => ({
  id,
  expectedVersion: (await world.read(id, 'version', world.configurationManager)).version,
  ...fields,
});
const update = async (id: string, fields: Record<string, unknown>) =>
  await world.configurationManager.attempt('configurationItemUpdate', await edit(id, fields), 'configurationItem');
const lifecycle = async (id: string): Promise<string> =>
  (await world.read(id, 'lifecycleState', world.configurationManager)).lifecycleState;

describe('an item that a distribution works on', () => {
  test('is neither decommissioned nor retired, and is where the work is over', async () => {
    const release = await world.ready(['web', 'db']);
    const [web, db] = [release.cis['web'] ?? '', release.cis['db'] ?? ''];
    const id = await world.started(release, {
      parameters: world.simulate('hang', { [web]: 'succeed' }),
    });
    await world.passUntil(id, 'RUNNING', 20);
    const by = world.configurationManager;
    expect(await expectRefused(by, 'configurationItemUpdate', await edit(db, OUT))).toMatchObject([
      { code: 'CI_IN_USE', path: ['lifecycleState'], subject: { id }, resolvableBy: ['DEPLOYMENT_OPERATOR'] },
    ]);
    expect(await expectRefused(by, 'configurationItemRetire', { id: db })).toMatchObject([
      { code: 'CI_IN_USE', subject: { id } },
    ]);
    expect(await lifecycle(db)).not.toBe('DECOMMISSIONED');
    // It would be protected, and no change names what is being installed on it.
    expect(await expectRefused(by, 'configurationItemUpdate', await edit(db, LIVE))).toMatchObject([
      { code: 'CI_IN_USE', path: ['lifecycleState'], subject: { id } },
    ]);
    expect((await update(db, { description: 'The one in rack 4.' })).userErrors).toEqual([]);
    // The work on the other one is over, although the distribution goes on.
    await world.pass(10, 2_500);
    expect((await world.targets(id))['web']).toMatchObject({ state: 'SUCCEEDED' });
    expect((await update(web, OUT)).userErrors).toEqual([]);
  });

  test('is not decommissioned by an import or an upsert', async () => {
    const externalRef = { source: 'scan', key: 'app-1' };
    const fields = { name: 'app-1', ciClass: 'SERVER', externalRef };
    const { id: ci } = await world.configurationManager.run('configurationItemUpsert', fields, 'configurationItem');
    await world.configurationManager.run('configurationItemAuthorise', { id: ci }, 'configurationItem');
    const id = await world.started(await world.ready([], { cis: { app: ci } }), HANG);
    await world.passUntil(id, 'RUNNING', 20);
    const out = { ...fields, ...OUT };
    expect(await expectRefused(world.configurationManager, 'configurationItemUpsert', out)).toMatchObject([
      { code: 'CI_IN_USE' },
    ]);
    const { configurationItemsImport } = await world.configurationManager.ok(
      `mutation($input: ConfigurationItemsImportInput!) {
        configurationItemsImport(input: $input) { results { status code } }
      }`,
      { input: { rows: [out], errorPolicy: 'IGNORE_FAILED' } },
    );
    expect(configurationItemsImport.results).toEqual([{ status: 'FAILED', code: 'CI_IN_USE' }]);
    expect(await lifecycle(ci)).not.toBe('DECOMMISSIONED');
    const live = await world.configurationManager.ok(
      `mutation($input: ConfigurationItemsImportInput!) {
        configurationItemsImport(input: $input) { results { status code } }
      }`,
      { input: { rows: [{ ...fields, ...LIVE }], errorPolicy: 'IGNORE_FAILED' } },
    );
    expect(live.configurationItemsImport.results).toEqual([{ status: 'FAILED', code: 'CI_IN_USE' }]);
  });

  test('is either decommissioned before the start, or worked on, when both come at once', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const release = await world.ready(names);
    for (const name of names) {
      const ci = release.cis[name] ?? '';
      const id = await world.plan(release, { ...HANG, targetIds: [ci] });
      await world.act('Schedule', id);
      const [start] = await Promise.all([
        world.operator.attempt('distributionStart', { id }, 'distribution'),
        update(ci, OUT),
      ]);
      const started = start.userErrors.length === 0;
      expect((await lifecycle(ci)) === 'DECOMMISSIONED').toBe(!started);
      // The release asks about all of its targets until it is being distributed.
      if (!started) await update(ci, { lifecycleState: 'BUILD' });
    }
  });
});
