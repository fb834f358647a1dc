import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SYSTEM } from '../../../src/domain/actor.js';
import { parseNodeId } from '../../../src/domain/node-id.js';
import { Distribution } from '../../../src/entities/distribution/distribution.entity.js';
import { recordInstallations } from '../../../src/services/cmdb/installation.service.js';
import type { TargetChange } from '../../../src/services/distribution/target-execution.service.js';
import { transact } from '../../../src/services/unit-of-work.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

// Two releases may work on one target at once when somebody waived the conflict. Their reports arrive in two processes.

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const uuid = (id: string) => parseNodeId(id)?.uuid as string;

/** A distribution of a version to a target. @returns its database id */
async function planned(name: string, ci: string, version: string): Promise<string> {
  const release = await world.accepted(name, [ci], {}, [version]);
  return uuid(await world.plan({ id: release, cis: {} }));
}

/** Records that a distribution succeeded on a target, and keeps the transaction open until told. */
async function report(id: string, ci: string, hold: () => Promise<unknown>): Promise<void> {
  const sought = 'select id from target_execution where distribution_id = $1';
  const { rows } = await app.readDatabase.pool.query<{ id: string }>(sought, [id]);
  const change = {
    id: rows[0]?.id,
    ciId: uuid(ci),
    from: 'INSTALLING',
    to: 'SUCCEEDED',
    at: new Date(),
  } as TargetChange;
  await transact(app.services, { actor: SYSTEM, requestId: id }, async (uow) => {
    const distribution = await uow.em.findOneOrFail(Distribution, id);
    const done = { operation: 'INSTALL', backOut: false, verified: () => false } as const;
    await recordInstallations(uow, distribution, done, [change]);
    await hold();
  });
}

test('two reports about one target at once are recorded one after the other', async () => {
  const ci = await world.ci('raced');
  const item = await world.item('raced');
  const one = await planned('One', ci, await world.media(item, '1.0'));
  const two = await planned('Two', ci, await world.media(item, '2.0'));

  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let firstIsIn = false;
  const first = report(one, ci, async () => {
    firstIsIn = true;
    await held;
  });
  await until(() => firstIsIn);
  const second = report(two, ci, async () => {});
  const waits = `pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  await until(async () => (await app.count(waits)) === 1);
  letGo();
  await Promise.all([first, second]);

  const selection = 'installations(first: 9) { nodes { dmlItemVersion { label } validTo } }';
  const { installations } = await world.read(ci, selection, world.configurationManager);
  expect(installations.nodes.map((node: any) => [node.dmlItemVersion.label, node.validTo === null]).toSorted()).toEqual(
    [
      ['1.0', false],
      ['2.0', true],
    ],
  );
});
