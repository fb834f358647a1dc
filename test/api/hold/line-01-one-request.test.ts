import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_CONFLICTS_DAYS } from '../../../src/facts/schedule/schedule-window.facts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { seedEstate } from '../../support/estate.js';
import { ask, usualLongestTurn, type Answer } from '../../support/loop-watch.js';

const CIS = 10_000;
/**
 * Longest turn of the event loop that a request may take here, in milliseconds of processor time.
 * `test/processes/event-loop.test.ts` holds 50 in a process of its own; here the garbage of many test files is
 * collected in the same turns. Without turns the walks took 2,600 and more.
 */
const TURN_MS = 300;

let app: TestApp;
let reader: TestClient;

beforeAll(async () => {
  // Only the text of a statement has a largest size; what is made row by row is bounded by its cost.
  app = await startTestApp({ env: { INTERLOCK_EXECUTOR: 'compiled' } });
  reader = await app.as('Audrey', 'AUDITOR');
  await seedEstate(app.readDatabase.pool, { cis: CIS, releases: 300 });
}, 30_000);
afterAll(async () => await app.end());

const asks = async (query: string): Promise<Answer> => await ask(app, reader.token as string, query);

/** How many statements a request runs. The token is known by then. */
async function statementsOf(query: string): Promise<{ statements: number; code: string | undefined }> {
  await reader.ok('{ viewer { person { id } } }');
  const before = app.readDatabase.statements;
  const { errors } = await reader.send(query);
  return { statements: app.readDatabase.statements - before, code: errors?.[0]?.extensions.code };
}

describe('one request does not stop everybody', () => {
  const IMPACT = '{configurationItems(first:200){nodes{impactedCis(first:200,depth:20){totalCount nodes{depth}}}}}';

  test('the impact of 200 items: one graph for all of them, in short turns', async () => {
    const before = app.readDatabase.statements;
    const { configurationItems } = await reader.ok(IMPACT);
    expect(app.readDatabase.statements - before).toBeLessThanOrEqual(3); // the token, the page, the graph
    const all = configurationItems.nodes as { impactedCis: { totalCount: number; nodes: { depth: number }[] } }[];
    expect(all).toHaveLength(200);
    for (const { impactedCis } of all) {
      expect(impactedCis.totalCount).toBeGreaterThan(CIS * 0.9);
      expect(impactedCis.nodes).toHaveLength(200);
      expect(impactedCis.nodes.map(({ depth }) => depth)).toEqual(
        impactedCis.nodes.map(({ depth }) => depth).toSorted((a, b) => a - b),
      );
    }
    expect(await usualLongestTurn(async () => await asks(IMPACT), TURN_MS)).toBeLessThan(TURN_MS);
  });

  test('others are served meanwhile', async () => {
    let isAnswered = false;
    const impact = asks(IMPACT).finally(() => (isAnswered = true));
    let served = 0;
    while (!isAnswered) {
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
      served++;
    }
    expect((await impact).bytes).toBeGreaterThan(100_000);
    expect(served).toBeGreaterThan(10);
  });

  test('28 times the impact of 200 items is refused before any of the work', async () => {
    const aliases = Array.from({ length: 28 }, (_, n) => `a${n}: impactedCis(first:1,depth:20){totalCount}`).join(' ');
    expect(await statementsOf(`{configurationItems(first:200){nodes{${aliases}}}}`)).toEqual({
      statements: 0,
      code: 'LIMIT_EXCEEDED',
    });
  });

  test('the conflicts of thirteen months are refused before any of the work', async () => {
    expect(
      await statementsOf(
        '{scheduleConflicts(from:"2026-01-01T00:00:00Z",to:"2027-01-30T00:00:00Z",first:1){totalCount}}',
      ),
    ).toEqual({ statements: 0, code: 'LIMIT_EXCEEDED' });
    const shorter = '{scheduleConflicts(from:"2026-03-01T00:00:00Z",to:"2026-06-30T00:00:00Z",first:50){totalCount}}';
    expect(await usualLongestTurn(async () => await asks(shorter), TURN_MS)).toBeLessThan(TURN_MS);
  });

  test('the conflicts of one year are listed with the longest page, those of a day more are refused', async () => {
    const query = (
      to: string,
    ) => `{scheduleConflicts(from:"2030-01-01T00:00:00Z",to:"${to}",first:200){totalCount nodes{
      key path{id} relations{id} window{id} person{id} ci{id} left{release{id}} right{release{id}} } }}`;
    const { scheduleConflicts } = await reader.ok(query('2031-01-02T00:00:00Z'));
    expect(scheduleConflicts.totalCount).toBe(0);
    const { errors } = await reader.send(query('2031-01-02T00:00:01Z'));
    expect(errors?.[0]).toMatchObject({
      message: `Ask for ${MAX_CONFLICTS_DAYS} days at most.`,
      extensions: { code: 'LIMIT_EXCEEDED', field: 'to', max: MAX_CONFLICTS_DAYS },
    });
  });

  test('plan and conflicts of 200 releases are refused before any of the work', async () => {
    const query = (first: number) =>
      `{releases(first:${first}){nodes{id plan{__typename} conflicts(first:50){totalCount}}}}`;
    expect(await statementsOf(query(200))).toEqual({ statements: 0, code: 'LIMIT_EXCEEDED' });
    expect((await asks(query(50))).start).toMatch(/^\{"data"/);
    expect(await usualLongestTurn(async () => await asks(query(50)), TURN_MS)).toBeLessThan(TURN_MS);
  });

  test('an answer has a largest size, and a large one is made in turns', async () => {
    await app.readDatabase.pool.query(
      `update configuration_item set description = repeat('ab "quoted" text', 6000)
       where id in (select id from configuration_item order by id limit 200)`,
    );
    const query = (first: number) => `{configurationItems(first:${first}){nodes{id description}}}`;
    // The statement is not tried again in another way.
    expect(await statementsOf(query(200))).toEqual({ statements: 1, code: 'LIMIT_EXCEEDED' });
    expect((await asks(query(100))).bytes).toBeGreaterThan(9_000_000);
    expect(await usualLongestTurn(async () => await asks(query(100)), TURN_MS)).toBeLessThan(TURN_MS);
  });
});
