import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { SCHEDULE_CONFLICT_KINDS } from '../../../src/domain/schedule/schedule-conflict.js';
import { ReleaseCi } from '../../../src/entities/release/release-ci.entity.js';
import { conflictsBetween } from '../../../src/facts/schedule/schedule.facts.js';
import { compareKept } from '../../../src/facts/schedule/kept-check.facts.js';
import { keptConflictPage, presentConflict } from '../../../src/reads/schedule/schedule-conflict.reads.js';
import { bookRelease, unbookRelease } from '../../../src/services/schedule/schedule-entry.service.js';
import {
  readStale,
  settleStalePerson,
  settleStaleRelease,
  settleStaleTeam,
} from '../../../src/services/schedule/schedule-stale.service.js';
import { auditSweep } from '../../../src/jobs/schedule/settle.sweep.js';
import { auditSchedule } from '../../../src/services/schedule/schedule-audit.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { Chance } from '../../support/random-input.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { dependencyOracle, keptDependencies } from '../../support/dependency-oracle.js';
import { keptStanding, standingOracle } from '../../support/standing-oracle.js';
import { keptOfTeams, teamOracle } from '../../support/team-oracle.js';
import { storyOf, type Story } from '../../support/story.js';

// The clocks of Berlin and of Lord Howe Island change in these days.
const START = Date.UTC(2027, 2, 27);
const DAYS = 9;
const HOUR = 3_600_000;
const SPAN = { startsAt: new Date(START), endsAt: new Date(START + (DAYS + 2) * 24 * HOUR) };
const SEVERITIES = ['HIGH', 'MEDIUM', 'LOW'] as const;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia'];
const KINDS = ['DEPENDS_ON', 'RUNS_ON', 'MEMBER_OF', 'CONNECTED_TO', 'CONTAINS', 'DOCUMENTS'];

let app: TestApp;
let story: Story;
let build: ScheduleBuilder;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock(new Date(START - 24 * HOUR).toISOString()).now });
  story = await storyOf(app);
  build = new ScheduleBuilder(story);
});
afterAll(async () => await app.end());

const ask = async <T>(text: string, values: unknown[] = []): Promise<T[]> =>
  (await app.readDatabase.pool.query(text, values)).rows as T[];
/** Writes as a repair by hand does: behind the backs of the rules, which protect items in production. */
async function repair(text: string, values: unknown[]): Promise<void> {
  const client = await app.readDatabase.pool.connect();
  try {
    await client.query(`set interlock.protection = 'open'`);
    await client.query(text, values);
  } finally {
    await client.query('reset interlock.protection');
    client.release();
  }
}
const uuid = ({ id }: ScheduledCi) => fromNodeId('ConfigurationItem', id, 'id');

/** A schedule that is edited at random, by commands and behind their backs. */
class RandomSchedule {
  readonly #chance: Chance;
  readonly #cis: ScheduledCi[] = [];
  readonly #releases: string[] = [];
  readonly #windows: { id: string; version: number }[] = [];
  #tasks = 0;
  readonly #media: string[] = [];
  #team = '';
  #firstTime: [string, string] = ['', ''];
  readonly done: string[] = [];

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  #time(): [string, string] {
    const from = START + this.#chance.below(DAYS * 24) * HOUR;
    return [new Date(from).toISOString(), new Date(from + (1 + this.#chance.below(9)) * HOUR).toISOString()];
  }

  #some(atMost: number): ScheduledCi[] {
    return [...new Set(Array.from({ length: 1 + this.#chance.below(atMost) }, () => this.#chance.pick(this.#cis)))];
  }

  #someone(): string {
    const { personId } = this.#chance.pick([story.owner, story.manager, story.assignee]);
    return fromNodeId('Person', personId, 'id');
  }

  #service(): string {
    return this.#chance.pick(this.#cis.slice(12)).id;
  }

  #filter(): object {
    return this.#chance.pick<object>([
      { criticality: { in: ['HIGH', 'CRITICAL'] } },
      { lifecycleState: { eq: 'PRODUCTION' }, ciClass: { eq: 'SERVER' } },
      { memberOf: { eq: this.#chance.pick(this.#cis.slice(9, 12)).id } },
      { not: { name: { startsWith: 'n' } }, state: { ne: 'RETIRED' } },
    ]);
  }

  /** How often an edit was made, with the one that is being made. */
  #times(edit: string): number {
    return this.done.filter((done) => done === edit).length;
  }

  async #join(personId: string): Promise<void> {
    await ask(
      `insert into team_member (id, team_id, person_id, created_at)
       select gen_random_uuid(), $1, $2, now() on conflict do nothing`,
      [this.#team, personId],
    );
  }

  async begin(prefix: string): Promise<void> {
    for (let n = 0; n < 9; n++) this.#cis.push(await build.ci(`${prefix}-host-${n}`));
    for (let n = 0; n < 3; n++) this.#cis.push(await build.ci(`${prefix}-cluster-${n}`, 'CLUSTER'));
    for (let n = 0; n < 3; n++) this.#cis.push(await build.ci(`${prefix}-service-${n}`, 'BUSINESS_SERVICE'));
    const product = await story.item(`${prefix}-product`);
    for (let n = 0; n < 2; n++)
      this.#media.push(fromNodeId('DmlItemVersion', await story.media(product, `${n}`, `${prefix} ${n}`), 'id'));
    this.#team = fromNodeId(
      'Team',
      (await story.administrator.run('teamCreate', { name: `${prefix} team` }, 'team')).id,
      'id',
    );
    await ask('update team set max_tasks_at_once = 1 where id = $1', [this.#team]);
    await this.#join(fromNodeId('Person', story.owner.personId, 'id'));
    await this.#join(this.#someone());
    for (let n = 0; n < 6; n++)
      await build.relate(this.#cis[n] as ScheduledCi, 'MEMBER_OF', this.#cis[9 + (n % 3)] as ScheduledCi);
    for (let n = 0; n < 3; n++)
      await build.relate(this.#cis[12 + n] as ScheduledCi, 'DEPENDS_ON', this.#cis[9 + n] as ScheduledCi);
  }

  readonly #edits: Readonly<Record<string, () => Promise<void>>> = {
    book: async () => {
      // The first one takes every member of a group; at the same time, the second one takes a member and the third one
      // the group.
      const count = this.#releases.length;
      if (count === 0) this.#firstTime = this.#time();
      const [from, to] = count < 3 ? this.#firstTime : this.#time();
      const [first, second, group] = [0, 3, 9].map((n) => this.#cis[n] as ScheduledCi) as [
        ScheduledCi,
        ScheduledCi,
        ScheduledCi,
      ];
      const cis = [[first, second], [second], [group]][count] ?? this.#some(3);
      this.#releases.push(await build.release(`R${count}`, from, to, cis));
    },
    distribute: async () => {
      const release = this.#chance.pick(this.#releases);
      const [slot] = await ask<{ starts: string; ends: string }>(
        `select starts_at as starts, ends_at as ends from schedule_entry where kind = 'RELEASE' and release_id = $1`,
        [fromNodeId('Release', release, 'id')],
      );
      if (!slot) return;
      const distribution = await build.distribution(
        release,
        'D',
        new Date(slot.starts).toISOString(),
        new Date(slot.ends).toISOString(),
        this.#some(2),
      );
      await ask(
        `insert into distribution_content (id, distribution_id, dml_item_version_id)
         values (gen_random_uuid(), $1, $2)`,
        [fromNodeId('Distribution', distribution, 'id'), this.#chance.pick(this.#media)],
      );
    },
    move: async () => {
      const [from, to] = this.#time();
      await build.onRelease(this.#chance.pick(this.#releases), async (uow, release) => {
        Object.assign(release, { plannedStart: new Date(from), plannedEnd: new Date(to) });
        await bookRelease(uow, release);
      });
    },
    unbook: async () =>
      await build.onRelease(
        this.#chance.pick(this.#releases),
        async (uow, release) => await unbookRelease(uow, release.id),
      ),
    widen: async () => {
      const [ci] = this.#some(1);
      await build.onRelease(this.#chance.pick(this.#releases), async (uow, release) => {
        const ciId = uuid(ci as ScheduledCi);
        if ((await uow.em.count(ReleaseCi, { releaseId: release.id, ciId })) > 0) return;
        uow.em.create(ReleaseCi, { releaseId: release.id, ciId, role: 'TARGET', addedById: release.ownerId });
      });
    },
    // Nobody but the database notices these.
    narrow: async () =>
      void (await ask(
        `delete from release_ci where id in (select id from release_ci where release_id = $1 order by id limit 1)`,
        [fromNodeId('Release', this.#chance.pick(this.#releases), 'id')],
      )),
    relate: async () =>
      void (await repair(
        `insert into ci_relation (id, source_id, kind, target_id, created_at)
         select gen_random_uuid(), $1, $2, $3, now() where $1::uuid <> $3::uuid on conflict do nothing`,
        [uuid(this.#chance.pick(this.#cis)), this.#chance.pick(KINDS), uuid(this.#chance.pick(this.#cis))],
      )),
    unrelate: async () =>
      void (await repair(
        `delete from ci_relation where id in (
           select id from ci_relation where source_id = $1 or target_id = $1 order by id limit 1)`,
        [uuid(this.#chance.pick(this.#cis))],
      )),
    retire: async () =>
      void (await repair(
        `update configuration_item set state = case state when 'RETIRED' then 'AUTHORISED' else 'RETIRED' end
         where id = $1`,
        [uuid(this.#chance.pick(this.#cis))],
      )),
    describe: async () =>
      void (await repair(
        `update configuration_item set criticality = $2, lifecycle_state = $3, name = left($4 || name, 20)
         where id = $1`,
        [
          uuid(this.#chance.pick(this.#cis)),
          this.#chance.pick(['LOW', 'HIGH']),
          this.#chance.pick(['PRODUCTION', 'TEST']),
          this.#chance.pick(['n', 'm']),
        ],
      )),
    window: async () => {
      // The first three are one of each kind. The first one meets the first two releases, and the fourth one their
      // back-outs.
      const isFirst = this.#windows.length === 0;
      const isNext = this.#windows.length === 3;
      const end = this.#firstTime[1];
      const [startsAt, endsAt] = isNext
        ? [end, new Date(Date.parse(end) + HOUR).toISOString()]
        : isFirst
          ? this.#firstTime
          : this.#time();
      const scope = this.#chance.pick([
        { ciIds: this.#some(2).map(({ id }) => id) },
        { serviceIds: [this.#service()] },
        { filter: this.#filter() },
        { ciClasses: ['SERVER'] },
        {},
      ]);
      const rrule = this.#chance.pick([null, 'FREQ=DAILY;COUNT=5', 'FREQ=WEEKLY;BYDAY=SA,SU', 'FREQ=DAILY;INTERVAL=3']);
      const kinds = ['BLACKOUT', 'CHANGE_WINDOW', 'MAINTENANCE_WINDOW'] as const;
      const kind = [...kinds, 'BLACKOUT'][this.#windows.length] ?? this.#chance.pick(kinds);
      this.#windows.push(
        await story.changeManager.run(
          'scheduleWindowCreate',
          {
            name: `${kind} ${this.#windows.length}`,
            kind,
            startsAt,
            endsAt,
            rrule,
            timeZone: this.#chance.pick(ZONES),
            ...(isFirst || isNext ? {} : scope),
            ...(isNext && { rrule: null }),
          },
          'scheduleWindow',
          'id version',
        ),
      );
    },
    rescope: async () => {
      const window = this.#chance.pick(this.#windows);
      const scope = this.#chance.pick([
        { ciIds: this.#some(3).map(({ id }) => id) },
        { ciClasses: ['CLUSTER'] },
        { ciIds: [], serviceIds: [this.#service()] },
        { filter: this.#filter(), serviceIds: [] },
        { filter: null },
        { ciIds: [] },
      ]);
      const { version } = await story.changeManager.run(
        'scheduleWindowUpdate',
        { id: window.id, expectedVersion: window.version, ...scope },
        'scheduleWindow',
        'version',
      );
      window.version = version;
    },
    close: async () => {
      const window = this.#chance.pick(this.#windows);
      const { version } = await story.changeManager.run(
        'scheduleWindowDeactivate',
        { id: window.id },
        'scheduleWindow',
        'version',
      );
      window.version = version;
    },
    assign: async () => {
      // The first two are too much for a person and for the team.
      const isFirst = this.#tasks++ < 2;
      const [from, to] = isFirst ? this.#firstTime : this.#time();
      const long = new Date(Date.parse(to) + 30 * HOUR).toISOString();
      const assignee = isFirst ? story.owner : this.#chance.pick([story.owner, story.manager, story.assignee]);
      await build.task(this.#chance.pick(this.#releases), 'T', from, long, assignee);
    },
    limit: async () =>
      void (await ask('update team set max_tasks_at_once = $2 where id = $1', [
        this.#team,
        this.#chance.pick([1, 1, 2, null]),
      ])),
    join: async () => await this.#join(this.#someone()),
    leave: async () =>
      void (await ask('delete from team_member where team_id = $1 and person_id = $2', [this.#team, this.#someone()])),
    deactivate: async () =>
      void (await repair('update person set active = not active where id = $1', [
        fromNodeId('Person', story.assignee.personId, 'id'),
      ])),
    // The first ones are in a release each, and one of them is quarantined.
    pack: async () =>
      void (await ask(
        `insert into release_content (id, release_id, dml_item_version_id, added_by_id, created_at)
         select gen_random_uuid(), r.id, $2, r.owner_id, now() from release r where r.id = $1 on conflict do nothing`,
        [
          fromNodeId('Release', this.#releases[this.#times('pack') - 1] ?? this.#chance.pick(this.#releases), 'id'),
          this.#media[this.#times('pack') - 1] ?? this.#chance.pick(this.#media),
        ],
      )),
    unpack: async () =>
      void (await ask(`delete from release_content where release_id = $1`, [
        fromNodeId('Release', this.#chance.pick(this.#releases), 'id'),
      ])),
    judge: async () =>
      void (await ask(`update dml_item_version set state = $2 where id = $1`, [
        this.#times('judge') === 1 ? this.#media[0] : this.#chance.pick(this.#media),
        this.#times('judge') === 1 ? 'QUARANTINED' : this.#chance.pick(['AUTHORISED', 'QUARANTINED', 'RECALLED']),
      ])),
    deliver: async () =>
      void (await ask(
        `update release set state = case state when 'DISTRIBUTING' then 'PLANNING' else 'DISTRIBUTING' end
         where id = $1`,
        [fromNodeId('Release', this.#chance.pick(this.#releases), 'id')],
      )),
    prepare: async () =>
      void (await ask('update release set back_out_minutes = $2 where id = $1', [
        fromNodeId(
          'Release',
          this.#times('prepare') === 1 ? (this.#releases[0] as string) : this.#chance.pick(this.#releases),
          'id',
        ),
        this.#times('prepare') === 1 ? 120 : this.#chance.pick([30, 600, 3_000, null]),
      ])),
    // The second release first, which begins as the first one does, so that it is too early.
    depend: async () =>
      void (await ask(
        `insert into release_dependency (id, release_id, predecessor_id, added_by_id, created_at)
         select gen_random_uuid(), r.id, $2, r.owner_id, now() from release r where r.id = $1 and r.id <> $2
         on conflict do nothing`,
        (this.#times('depend') === 1
          ? this.#releases.slice(0, 2)
          : [this.#chance.pick(this.#releases), this.#chance.pick(this.#releases)]
        ).map((id) => fromNodeId('Release', id, 'id')),
      )),
    free: async () =>
      void (await ask('delete from release_dependency where release_id = $1', [
        fromNodeId('Release', this.#chance.pick(this.#releases), 'id'),
      ])),
    succeed: async () =>
      void (await ask(`update release set deployed_at = case when deployed_at is null then now() end where id = $1`, [
        fromNodeId('Release', this.#chance.pick(this.#releases), 'id'),
      ])),
    finish: async () =>
      void (await ask(
        `update task set state = 'COMPLETED' where id in (
           select id from task where assignee_id is not null and state <> 'COMPLETED' order by id limit 1)`,
      )),
    reschedule: async () =>
      void (await ask(`update task set planned_end = planned_end + interval '5 hours' where release_id = $1`, [
        fromNodeId('Release', this.#chance.pick(this.#releases), 'id'),
      ])),
    abandon: async () =>
      void (await ask(
        `update release set state = case state when 'CANCELLED' then 'PLANNING' else 'CANCELLED' end where id = $1`,
        [fromNodeId('Release', this.#chance.pick(this.#releases), 'id')],
      )),
  };

  async edit(): Promise<void> {
    const name =
      this.#releases.length < 6
        ? 'book'
        : this.#windows.length < 4
          ? 'window'
          : this.#tasks < 4
            ? 'assign'
            : this.#times('pack') < 2
              ? 'pack'
              : this.#times('judge') < 2
                ? 'judge'
                : this.#times('depend') < 2
                  ? 'depend'
                  : this.#times('prepare') < 1
                    ? 'prepare'
                    : this.#chance.pick(Object.keys(this.#edits));
    this.done.push(name);
    await this.#edits[name]?.();
  }
}

/** What the list says, page by page, forwards and backwards. */
async function listed(size: number): Promise<string[]> {
  const asked = { span: SPAN, kinds: SCHEDULE_CONFLICT_KINDS, severities: SEVERITIES };
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    const page = await keptConflictPage(app.readDatabase, asked, { first: size, after });
    found.push(...page.nodes.map(({ key, message }) => `${key} ${message}`));
    if (found.length <= size) expect(await page.count()).toBe((await all()).length);
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  const last = await keptConflictPage(app.readDatabase, asked, { last: size });
  expect(last.nodes.map(({ key, message }) => `${key} ${message}`)).toEqual(found.slice(-size));
  return found;
}

const all = async (): Promise<string[]> =>
  (await conflictsBetween(app.readDatabase, SPAN)).map(presentConflict).map(({ key, message }) => `${key} ${message}`);

async function settle(): Promise<void> {
  const { releaseIds, personIds } = await readStale(app.readDatabase, 1_000);
  for (const id of releaseIds) await app.transact(async (uow) => await settleStaleRelease(uow, id));
  for (const id of personIds) await app.transact(async (uow) => await settleStalePerson(uow, id));
  const { teamIds } = await readStale(app.readDatabase, 1_000);
  for (const id of teamIds) await app.transact(async (uow) => await settleStaleTeam(uow, id));
}

describe('kept conflicts', () => {
  const kinds = new Set<string>();
  const seeds = [Number(process.env['INTERLOCK_TEST_SEED'] ?? randomInt(2 ** 31)), 3, 4];

  test.each(seeds)(
    'are those that the rules find after edits at random, seed %d',
    async (seed) => {
      const schedule = new RandomSchedule(seed);
      await schedule.begin(`s${seed}`);
      let most = 0;
      for (let step = 0; step < 45; step++) {
        await schedule.edit();
        const context = `seed ${seed}, after ${schedule.done.join(' ')}`;
        expect([context, ...(await listed(7))]).toEqual([context, ...(await all())]);
        if (step % 4 !== 3) continue;
        await settle();
        const { missing, extra, compared } = await compareKept(app.readDatabase, SPAN);
        expect({ context, missing, extra }).toEqual({ context, missing: [], extra: [] });
        expect([context, ...(await keptStanding(ask))]).toEqual([context, ...(await standingOracle(ask))]);
        expect([context, ...(await keptDependencies(ask))]).toEqual([context, ...(await dependencyOracle(ask))]);
        expect([context, ...(await keptOfTeams(ask))]).toEqual([context, ...(await teamOracle(ask))]);
        for (const { kind } of await ask<{ kind: string }>('select distinct kind from schedule_conflict'))
          kinds.add(kind);
        most = Math.max(most, compared);
      }
      expect(most).toBeGreaterThan(0);
    },
    120_000,
  );

  test('that somebody altered are found by the audit, and settled again', async () => {
    await settle();
    const audited = async () => (await auditSchedule(app.readDatabase, new Date(START))).differences.length;
    expect(await audited()).toBe(0);
    await ask('delete from schedule_conflict where key in (select key from schedule_conflict order by key limit 3)');
    expect(await audited()).toBe(3);
    await expect(auditSweep.run(app.services, new AbortController().signal)).rejects.toThrow('kept conflicts differ');
    await settle();
    expect(await audited()).toBe(0);
  });

  test('of a team that has changed are listed, however many other releases and teams are noted', async () => {
    await ask(
      `insert into schedule_stale (release_id, team_id)
       select case when n <= 300 then id end, case when n > 300 then id end
       from generate_series(1, 500) n,
         lateral (select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid) x(id)`,
    );
    const before = await all();
    await ask('update team set max_tasks_at_once = case when max_tasks_at_once is null then 1 end');
    const after = await all();
    expect(after).not.toEqual(before);
    expect(await listed(7)).toEqual(after);
    await ask(`delete from schedule_stale where coalesce(release_id, team_id)::text like '00000000-%'`);
    await settle();
  });

  test('are settled once, when several processes have seen the same note', async () => {
    const { releaseIds } = await readStale(app.readDatabase, 1);
    expect(releaseIds).toEqual([]);
    const [{ id } = { id: '' }] = await ask<{ id: string }>('select release_id as id from schedule_work limit 1');
    await ask('insert into schedule_stale (release_id) values ($1)', [id]);
    let counted = 0;
    const settleCounted = async () =>
      await app.transact(async (uow) => {
        const query: typeof uow.query = async (fragment) => {
          counted++;
          return await uow.query(fragment);
        };
        await settleStaleRelease(Object.assign(Object.create(uow) as typeof uow, { query }), id);
      });
    await settleCounted();
    const first = counted;
    await settleCounted();
    expect(first).toBeGreaterThan(5);
    expect(counted - first).toBe(2);
  });

  test('were of every kind', () => expect([...kinds].sort()).toEqual([...SCHEDULE_CONFLICT_KINDS].sort()));
});
