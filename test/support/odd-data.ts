import { loadSampleData } from '../../src/cli/sample-data.js';
import { toNodeId } from '../../src/domain/node-id.js';
import { readModels } from '../../src/reads/models.js';
import type { TestApp } from './app.js';
import type { TestClock } from './clock.js';
import { storyOf } from './story.js';

const ODD =
  'q" b\\ s/ \u2028\u2029 ü😀 \u0001\u0002\u0003\u0004\u0005\u0008\t\n\u000b\f\r\u001f\u007f <>&\' $1 \\u0041';

/**
 * Fills a database with a bit of everything, with texts, numbers and instants that are easily written in another way.
 * @returns up to three node ids by type
 */
export async function fillOddly(app: TestApp, clock: TestClock): Promise<Record<string, string[]>> {
  const world = await storyOf(app, clock);
  const ready = await world.ready(['web', 'db']);
  await world.started(ready);
  await world.pass(5);
  await world.plan(await world.ready(['app']));
  await app.transact(loadSampleData); // last, for its change window binds everything after it
  await app.relay();
  const { pool } = app.readDatabase;
  for (const [table, column] of [
    ['release', 'name'],
    ['configuration_item', 'name'],
    ['change', 'title'],
    ['task', 'name'],
    ['person', 'name'],
    ['team', 'description'],
    ['dml_item', 'name'],
    ['target_execution', 'step'],
  ]) {
    await pool.query(`update ${table} set ${column} = $1 where id in (select id from ${table} order by id limit 1)`, [
      ODD,
    ]);
  }
  await pool.query(
    `update configuration_item set attributes = $2, external_source = $1, external_key = name
     where id in (select id from configuration_item order by id desc limit 2)`,
    [
      ODD,
      '{"b":1.0,"a":{"x":[1,null,{"é\\"":1e21}],"__proto__":1},"10":1e-7,"9":-0.0,' +
        '"big":12345678901234567890,"e":[],"o":{},"c":"\\u0004"}',
    ],
  );
  await pool.query(
    `update change set updated_at = '2026-01-01 00:00:00.999999+00', created_at = '2026-01-01 00:00:00.057+00', ` +
      `planned_start = '0099-01-01 00:00:00Z', planned_end = '9999-12-31 23:59:59.9999Z'`,
  );
  const ids: Record<string, string[]> = {};
  for (const [type, { table }] of Object.entries(readModels)) {
    const { rows } = await pool.query<{ id: string }>(`select id from ${table} order by id desc limit 3`);
    if (rows.length > 0) ids[type] = rows.map(({ id }) => toNodeId(type as 'Release', id));
  }
  return ids;
}
