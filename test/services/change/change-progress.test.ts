import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import type { ReleaseState } from '../../../src/domain/release/release.state.js';
import { Release } from '../../../src/entities/release/release.entity.js';
import {
  changeOutcomesFromDistributions,
  changesScheduled,
  changesStarted,
  changesUnscheduled,
} from '../../../src/services/change/change-progress.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { refusalCodes } from '../../support/refusals.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let builder: ScheduleBuilder;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  builder = new ScheduleBuilder(world);
});
afterAll(async () => await app.end());

const sql = async (text: string, values: unknown[] = []) => (await app.readDatabase.pool.query(text, values)).rows;
const uuid = (type: 'Release' | 'ConfigurationItem' | 'Change' | 'Distribution', id: string) =>
  fromNodeId(type, id, 'id');

interface Case {
  readonly release: string;
  readonly cis: string[];
  readonly changes: string[];
  /** What RELEASE does when it moves: the state, then what its changes have to do. */
  move(state: ReleaseState, follow: typeof changesStarted): Promise<void>;
  states(): Promise<string[]>;
  /**
   * A distribution that has started, with the state of each target in the order of `cis`; null for one that is not in
   * it.
   */
  distribute(name: string, targets: readonly (string | null)[], operation?: string): Promise<void>;
  report(name: string, ci: number, state: string): Promise<void>;
}

/** A release with one change per entry; each entry lists the targets of its change. */
async function release(name: string, targets: readonly number[][]): Promise<Case> {
  const cis = await Promise.all([...new Set(targets.flat())].sort().map(async (n) => await world.ci(`${name} ${n}`)));
  const { id } = await world.release(name);
  await world.addContent(id);
  const changes: string[] = [];
  for (const [n, own] of targets.entries()) {
    const change = await world.authorised(
      `${name} change ${n}`,
      own.map((ci) => cis[ci] as string),
    );
    await world.join(change.id, id);
    changes.push(change.id);
  }
  let day = 1;
  return {
    release: id,
    cis,
    changes,
    move: async (state, follow) => {
      await sql('update release set state = $1 where id = $2', [state, uuid('Release', id)]);
      await app.transact(
        async (uow) => await follow(uow, await uow.em.findOneOrFail(Release, { id: uuid('Release', id) })),
      );
    },
    states: async () =>
      (
        await sql(`select state, outcome from change where id = any($1::uuid[]) order by id`, [
          changes.map((change) => uuid('Change', change)),
        ])
      ).map(({ state, outcome }) => `${state} ${outcome ?? '-'}`),
    distribute: async (distribution, states, operation = 'INSTALL') => {
      const in_ = cis.filter((_, n) => states[n] != null);
      const made = await builder.distribution(
        id,
        distribution,
        '2026-12-01T00:00:00Z',
        null,
        in_.map((ci) => ({ id: ci, name: '' })),
      );
      const start = `2026-12-${String(day++).padStart(2, '0')}T00:00:00Z`;
      await sql(`update distribution set state = 'RUNNING', started_at = $2, operation = $3 where id = $1`, [
        uuid('Distribution', made),
        start,
        operation,
      ]);
      await sql(
        `insert into distribution_content (id, distribution_id, dml_item_version_id)
         select gen_random_uuid(), $1, dml_item_version_id from release_content where release_id = $2`,
        [uuid('Distribution', made), uuid('Release', id)],
      );
      for (const [n, state] of states.entries()) {
        if (state !== null)
          await sql(
            `update target_execution set state = $3, started_at = $4 where distribution_id = $1 and ci_id = $2`,
            [uuid('Distribution', made), uuid('ConfigurationItem', cis[n] as string), state, start],
          );
      }
    },
    report: async (distribution, ci, state) =>
      void (await sql(
        'update target_execution e set state = $3 from distribution d where d.id = e.distribution_id and d.name ' +
          '= $1 and e.ci_id = $2',
        [distribution, uuid('ConfigurationItem', cis[ci] as string), state],
      )),
  };
}

describe('changes follow their release', () => {
  test('into the schedule, out of it, and into distribution', async () => {
    const it = await release('follow', [[0], [1]]);
    await it.move('SCHEDULED', changesScheduled);
    expect(await it.states()).toEqual(['SCHEDULED -', 'SCHEDULED -']);
    await it.move('ACCEPTED', changesUnscheduled);
    expect(await it.states()).toEqual(['AUTHORISED -', 'AUTHORISED -']);
    await it.move('SCHEDULED', changesScheduled);
    await it.move('DISTRIBUTING', changesStarted);
    expect(await it.states()).toEqual(['IN_PROGRESS -', 'IN_PROGRESS -']);
    expect(await refusalCodes(world.requester, 'changeCancel', { id: it.changes[0], reason: 'Stop.' })).toEqual([
      'ILLEGAL_TRANSITION',
      'RELEASE_OUTCOME_PENDING',
    ]);
    expect(
      await refusalCodes(world.changeManager, 'changeImplement', { id: it.changes[0], outcome: 'SUCCESSFUL' }),
    ).toEqual(['RELEASE_OUTCOME_PENDING']);
    expect(
      await refusalCodes(world.owner, 'releaseRemoveChange', {
        id: it.release,
        changeId: it.changes[0],
        reason: 'Stop.',
      }),
    ).toEqual(['RELEASE_NOT_OPEN_FOR_SCOPE']);
  });

  test('to an outcome of their own targets, not of the release', async () => {
    const it = await release('outcome', [[0], [0, 1], [2], [3]]);
    await it.move('DISTRIBUTING', changesStarted);
    await it.distribute('outcome-1', ['SUCCEEDED', 'FAILED', 'BACKED_OUT', null]);
    await it.move('PARTIALLY_DEPLOYED', changeOutcomesFromDistributions);
    expect(await it.states()).toEqual([
      'IMPLEMENTED SUCCESSFUL',
      'IMPLEMENTED UNSUCCESSFUL',
      'IMPLEMENTED BACKED_OUT',
      'IMPLEMENTED UNSUCCESSFUL',
    ]);
    const events = await app.count('domain_event');
    await it.move('PARTIALLY_DEPLOYED', changeOutcomesFromDistributions);
    expect(await app.count('domain_event')).toBe(events);
  });

  test('through a second attempt: what had ended well stays, the rest is looked at again', async () => {
    const it = await release('again', [[0], [1]]);
    await it.move('DISTRIBUTING', changesStarted);
    await it.distribute('again-1', ['SUCCEEDED', 'FAILED']);
    await it.move('PARTIALLY_DEPLOYED', changeOutcomesFromDistributions);
    await world.changeManager.run('changeStartReview', { id: it.changes[1] }, 'change');
    await it.move('DISTRIBUTING', changesStarted);
    expect(await it.states()).toEqual(['IMPLEMENTED SUCCESSFUL', 'IN_PROGRESS -']);
    await it.distribute('again-2', [null, 'SUCCEEDED']);
    await it.distribute('again-check', ['SUCCEEDED', 'EXPIRED'], 'VERIFY');
    await it.move('DEPLOYED', changeOutcomesFromDistributions);
    expect(await it.states()).toEqual(['IMPLEMENTED SUCCESSFUL', 'IMPLEMENTED SUCCESSFUL']);
  });

  test('back: a back-out revises the outcomes, also of what is closed, once', async () => {
    const it = await release('back', [[0], [1]]);
    await it.move('DISTRIBUTING', changesStarted);
    await it.distribute('back-1', ['SUCCEEDED', 'SUCCEEDED']);
    await it.move('DEPLOYED', changeOutcomesFromDistributions);
    for (const step of ['StartReview', 'Close'])
      await world.changeManager.run(`change${step}`, { id: it.changes[0] }, 'change');
    await it.distribute('back-2', ['SUCCEEDED', 'SUCCEEDED'], 'UNDO');
    await it.move('BACKED_OUT', changeOutcomesFromDistributions);
    await it.move('BACKED_OUT', changeOutcomesFromDistributions);
    expect(await it.states()).toEqual(['CLOSED BACKED_OUT', 'IMPLEMENTED BACKED_OUT']);
    await app.relay();
    const types = async (id: string | undefined) =>
      (
        await world.requester.ok(
          `query($id: ID!) { node(id: $id) { ... on Change { events { nodes { type data } } } } }`,
          { id },
        )
      ).node.events.nodes.filter(({ type }: { type: string }) => type.startsWith('change.outcome'));
    for (const change of it.changes)
      expect(await types(change)).toEqual([
        {
          type: 'change.outcome-revised',
          data: expect.objectContaining({ outcome: 'BACKED_OUT', before: 'SUCCESSFUL', releaseId: it.release }),
        },
      ]);
  });

  test('a distribution that never started says nothing about its targets', async () => {
    const it = await release('never', [[0]]);
    await it.move('DISTRIBUTING', changesStarted);
    await it.distribute('never-1', ['SUCCEEDED']);
    await builder.distribution(it.release, 'never-2', '2027-01-01T00:00:00Z', null, [
      { id: it.cis[0] as string, name: '' },
    ]);
    await it.move('DEPLOYED', changeOutcomesFromDistributions);
    expect(await it.states()).toEqual(['IMPLEMENTED SUCCESSFUL']);
    await it.report('never-1', 0, 'FAILED');
    await it.move('FAILED', changeOutcomesFromDistributions);
    expect(await it.states()).toEqual(['IMPLEMENTED UNSUCCESSFUL']);
  });
});

test('a change that joins a release already scheduled is taken along when distribution starts', async () => {
  const it = await release('late', [[0]]);
  await it.move('SCHEDULED', changesScheduled);
  const late = await world.authorised('late joiner', [await world.ci('late joiner')]);
  await world.join(late.id, it.release);
  expect(await sql('select state from change where id = $1', [uuid('Change', late.id)])).toEqual([
    { state: 'AUTHORISED' },
  ]);
  await it.move('DISTRIBUTING', changesStarted);
  expect(await sql('select state from change where id = $1', [uuid('Change', late.id)])).toEqual([
    { state: 'IN_PROGRESS' },
  ]);
});
