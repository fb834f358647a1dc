import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { recordProbe } from '../../../src/services/distribution/deployment-tool.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { until } from '../../support/until.js';

// A process that starts brings the records of the tools in line with its file, while others probe the same tools. Here
// they meet in the order in which a start has read what a probe has changed and not committed. The start failed then.

let one: TestApp;

beforeAll(async () => {
  one = await startTestApp();
});
afterAll(async () => await one.end());

const waiting = async (): Promise<number> =>
  await one.count(`pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);

/** A promise that others fulfil. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test('a process starts while another one records the probe of a tool', async () => {
  const { rows } = await one.readDatabase.pool.query(`select id from deployment_tool where name = 'simulator'`);
  const entry = one.services.adapters.entry('simulator');
  if (entry === undefined) throw new Error('There is no simulator.');
  const [written, go] = [gate(), gate()];
  const probing = one.transact(async (uow) => {
    await recordProbe(uow, rows[0].id, { status: 'ready', toolVersion: '9.9' }, entry);
    await uow.em.flush();
    written.open();
    await go.opened;
  });
  await written.opened;
  const starting = startTestApp({ beside: one, adapters: [{ instance: 'simulator', module: 'simulator' }] });
  await until(async () => (await waiting()) > 0, 'the start to wait for the probe');
  go.open();
  await probing;
  const two = await starting;
  expect(await one.count(`deployment_tool where name = 'simulator' and state = 'READY' and tool_version = '9.9'`)).toBe(
    1,
  );
  await two.end();
});
