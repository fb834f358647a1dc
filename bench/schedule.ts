/**
 * What the calendar costs by the number of its entries, over 100,000 configuration items: writing it, listing its
 * conflicts and finding time. The peer is the least that PostgreSQL does for it: the bare query for a range of entries.
 */
import { cpus, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { SYSTEM } from '../src/domain/actor.js';
import { SCHEDULE_CONFLICT_KINDS } from '../src/domain/schedule/schedule-conflict.js';
import { openDatabase } from '../src/entities/database.js';
import { openReadDatabase } from '../src/database/read-database.js';
import { Release } from '../src/entities/release/release.entity.js';
import { releaseFactsWithConflicts } from '../src/facts/release/release.facts.js';
import { simulateMove } from '../src/facts/release/release-move.facts.js';
import { releaseConflicts } from '../src/facts/schedule/schedule.facts.js';
import { windowStatusOf } from '../src/facts/schedule/window-status.facts.js';
import { toNodeId } from '../src/domain/node-id.js';
import { findSlots, findTimes } from '../src/facts/schedule/schedule-slot.facts.js';
import { suggestedMoves, type MovableParty } from '../src/facts/schedule/suggested-move.facts.js';
import { keptConflictPage } from '../src/reads/schedule/schedule-conflict.reads.js';
import { bookRelease, unbookRelease } from '../src/services/schedule/schedule-entry.service.js';
import { settleReleases, settleTeams } from '../src/services/schedule/schedule-settle.service.js';
import { scheduleWindowCreate, scheduleWindowDeactivate } from '../src/services/schedule/schedule-window.service.js';
import { transact, type UnitOfWork } from '../src/services/unit-of-work.js';
import { openBenchDatabase } from './database.js';

const HELP = `npm run bench:schedule -- [options]
  --entries N   number of entries (may be repeated; default 1000, 20000 and 100000)
  --runs N      how often each step runs (default 11); the median counts
Books entries over 100,000 configuration items and 200,000 relations that carry impact, spread over a year.`;

const { values: args } = parseArgs({
  options: {
    entries: { type: 'string', multiple: true },
    runs: { type: 'string', default: '11' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const SIZES = (args.entries ?? ['1000', '20000', '100000']).map(Number);
const RUNS = Number(args.runs);
const [SERVICES, APPLICATIONS, SERVERS] = [1_000, 9_000, 90_000];
const DAY = 86_400_000;
const YEAR_BEGINS = Date.UTC(2027, 0, 4);
const SETTLED_AT_ONCE = 250;

const bench = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: bench.url, application_name: 'interlock-bench' });
await sql.connect();
const database = openDatabase(bench.url, { poolSize: 2, statementTimeoutMs: 600_000 });
const reads = openReadDatabase(bench.url, { poolSize: 2, statementTimeoutMs: 600_000, onError: console.error });
const now = () => new Date(YEAR_BEGINS - DAY);
let statements = 0;
const services = { database, clock: now, enqueue: async () => {}, committed: () => {} };

/** Runs a use case as the server itself does, and counts its statements. */
const act = async <T>(useCase: (uow: UnitOfWork) => Promise<T>): Promise<T> =>
  await transact(services, { actor: { ...SYSTEM, roles: ['CHANGE_MANAGER'] }, requestId: 'bench' }, async (uow) => {
    const query: UnitOfWork['query'] = async (fragment) => {
      statements++;
      return await uow.query(fragment);
    };
    return await useCase(Object.assign(Object.create(uow) as UnitOfWork, { query }));
  });
const asking = {
  query: async (fragment: Parameters<typeof reads.query>[0]) => {
    statements++;
    return await reads.query(fragment);
  },
} as typeof reads;

const uuid = (what: number, n: string) => `('0b${what}00000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const [service, application, server, release] = [1, 2, 3, 4].map((what) => (n: string) => uuid(what, n)) as [
  (n: string) => string,
  (n: string) => string,
  (n: string) => string,
  (n: string) => string,
];

/** Services that depend on applications, which run on servers: a server is part of two applications. */
async function estate(): Promise<void> {
  const items = (id: (n: string) => string, count: number, ciClass: string, name: string) => `
    insert into configuration_item (id, number, name, description, ci_class, criticality, state, lifecycle_state,
      attributes, bindings, version, created_at, updated_at)
    select ${id('n')}, 'CI-${name}-' || n, '${name}-' || n, '', '${ciClass}', 'MEDIUM', 'AUTHORISED', 'TEST', '{}',
      '{}', 1, now(), now() from generate_series(1, ${count}) n`;
  const relations = (from: string, kind: string, to: string, count: number) => `
    insert into ci_relation (id, source_id, kind, target_id, created_at)
    select gen_random_uuid(), ${from}, '${kind}', ${to}, now() from generate_series(1, ${count}) n
    on conflict do nothing`;
  await sql.query(items(service, SERVICES, 'BUSINESS_SERVICE', 'service'));
  await sql.query(items(application, APPLICATIONS, 'APPLICATION', 'application'));
  await sql.query(items(server, SERVERS, 'SERVER', 'server'));
  const any = (count: number) => `1 + n % ${count}`;
  const spread = (n: string, count: number) => `1 + (${n} * 7919 + ${n} / 1000 * 131) % ${count}`;
  await sql.query(relations(service(spread('n', SERVICES)), 'DEPENDS_ON', application(any(APPLICATIONS)), 18_000));
  await sql.query(relations(application(spread('n', APPLICATIONS)), 'RUNS_ON', server(any(SERVERS)), 180_000));
  await sql.query('analyze');
}

/** Releases from one number to another, each with three servers as targets and some hours of a year. */
async function fill(from: number, to: number): Promise<number> {
  const starts = `to_timestamp(${YEAR_BEGINS / 1_000} + (n::bigint * 7919 % 8760) * 3600)`;
  const numbers = `generate_series(${from + 1}, ${to}) n`;
  await sql.query(`
    insert into release (id, number, name, description, kind, packaging, state, owner_id, manager_id, back_out_plan,
      planned_start, planned_end, version, created_at, updated_at)
    select ${release('n')}, 'REL-S' || n, 'Release ' || n, '', 'MINOR', 'PACKAGE', 'ACCEPTED', p.id, p.id, 'Back.',
      ${starts}, ${starts} + (1 + n % 8) * interval '1 hour', 1, now(), now()
    from ${numbers}, (select id from person limit 1) p`);
  await sql.query(`
    insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
    select gen_random_uuid(), ${release('n')}, ${server(`1 + (n::bigint * 104729 + k * 31) % ${SERVERS}`)}, 'TARGET',
      p.id, now()
    from ${numbers}, generate_series(0, 2) k, (select id from person limit 1) p`);
  await sql.query(`
    insert into schedule_entry (id, kind, title, starts_at, ends_at, release_id, live, version, created_at, updated_at)
    select gen_random_uuid(), 'RELEASE', r.name, r.planned_start, r.planned_end, r.id, true, 1, now(), now()
    from ${numbers} join release r on r.id = ${release('n')}`);
  const begin = performance.now();
  const { rows } = await sql.query<{ id: string }>(
    'select distinct release_id as id from schedule_stale where release_id is not null',
  );
  for (let at = 0; at < rows.length; at += SETTLED_AT_ONCE) {
    const ids = rows.slice(at, at + SETTLED_AT_ONCE).map(({ id }) => id);
    await act(async (uow) => await settleReleases(uow, ids, 'TOO_MUCH'));
  }
  const seconds = (performance.now() - begin) / 1_000;
  await assign(from, to);
  await sql.query('vacuum analyze');
  return seconds;
}

const TEAM = '0b500000-0000-7000-8000-000000000001';
/** How many people share the tasks, one of every tenth release. */
const MEMBERS = 10;

/** A task for each tenth release from one number to another, all for the members of one team with a limit. */
async function assign(from: number, to: number): Promise<void> {
  await sql.query(
    `insert into team (id, name, max_tasks_at_once, version, created_at, updated_at)
     values ($1, 'Night shift', 2, 1, now(), now()) on conflict do nothing`,
    [TEAM],
  );
  await sql.query(
    `insert into team_member (id, team_id, person_id, created_at)
     select gen_random_uuid(), $1, p.id, now() from (select id from person where active order by id limit ${MEMBERS}) p
     on conflict do nothing`,
    [TEAM],
  );
  const { rows } = await sql.query<{ id: string }>('select person_id as id from team_member where team_id = $1', [
    TEAM,
  ]);
  await sql.query(
    `with wanted as (
       select r.id, r.planned_start, r.planned_end, n from generate_series(${from + 1}, ${to}) n
       join release r on r.id = ${release('n')} where n % 10 = 0),
     phases as (
       insert into phase (id, release_id, name, release_state, position, version, created_at, updated_at)
       select gen_random_uuid(), id, 'Work', 'DISTRIBUTING', 1, 1, now(), now() from wanted
       returning id, release_id)
     insert into task (id, release_id, phase_id, position, name, assignee_id, planned_start, planned_end, version,
       created_at, updated_at)
     select gen_random_uuid(), w.id, f.id, 1, 'Watch', ($1::uuid[])[1 + w.n / 10 % cardinality($1::uuid[])],
       w.planned_start, w.planned_end, 1, now(), now()
     from wanted w join phases f on f.release_id = w.id`,
    [rows.map(({ id }) => id)],
  );
  // The team is settled by the measured step; people have figures of their own.
  await sql.query('delete from schedule_stale where release_id is null');
}

interface Figure {
  readonly ms: number;
  /** How long the event loop was held at most, in milliseconds. */
  readonly held?: number;
  readonly statements: number;
}

async function median(step: (run: number) => Promise<unknown>): Promise<Figure> {
  const samples: number[] = [];
  let counted = 0;
  for (let run = 0; run < RUNS; run++) {
    statements = 0;
    const begin = performance.now();
    await step(run);
    samples.push(performance.now() - begin);
    counted = statements;
  }
  return { ms: samples.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number, statements: counted };
}

const idOf = async (n: number): Promise<string> =>
  (await sql.query<{ id: string }>(`select ${release(String(n))} as id`)).rows[0]?.id ?? '';

const change = async (n: number, edit: (uow: UnitOfWork, found: Release) => Promise<unknown>) => {
  const id = await idOf(n);
  return await act(async (uow) => await edit(uow, await uow.em.findOneOrFail(Release, { id })));
};

const listed = async (days: number) => {
  const span = { startsAt: new Date(YEAR_BEGINS + 90 * DAY), endsAt: new Date(YEAR_BEGINS + (90 + days) * DAY) };
  const severities = ['HIGH', 'MEDIUM', 'LOW'] as const;
  return await keptConflictPage(asking, { span, kinds: SCHEDULE_CONFLICT_KINDS, severities }, { first: 50 });
};

const deactivate = async (name: string) => {
  const { rows } = await sql.query<{ id: string }>('select id from schedule_window where name = $1 and active', [name]);
  for (const { id } of rows)
    await act(async (uow) => await scheduleWindowDeactivate(uow, { id: toNodeId('ScheduleWindow', id) }));
};

const everyNight = async () =>
  await act(
    async (uow) =>
      await scheduleWindowCreate(uow, {
        name: 'Night',
        kind: 'BLACKOUT',
        startsAt: new Date(YEAR_BEGINS).toISOString(),
        endsAt: new Date(YEAR_BEGINS + 4 * 3_600_000).toISOString(),
        rrule: 'FREQ=DAILY',
      }),
  );

async function measure(): Promise<Record<string, Figure>> {
  const nth = (run: number) => 1 + run * 37;
  const figures: Record<string, Figure> = {};
  figures['bare range of a month'] = await median(async () =>
    sql.query(
      `select * from schedule_entry where live and starts_at < $2 and ends_at > $1 order by starts_at, id limit 50`,
      [new Date(YEAR_BEGINS + 90 * DAY), new Date(YEAR_BEGINS + 120 * DAY)],
    ),
  );
  figures['cancel an entry'] = await median(
    async (run) => await change(nth(run), async (uow, { id }) => await unbookRelease(uow, id)),
  );
  figures['add an entry'] = await median(
    async (run) => await change(nth(run), async (uow, found) => await bookRelease(uow, found)),
  );
  figures['move an entry'] = await median(
    async (run) =>
      await change(nth(run), async (uow, found) => {
        found.plannedStart = new Date((found.plannedStart as Date).getTime() + 26 * 3_600_000);
        found.plannedEnd = new Date((found.plannedEnd as Date).getTime() + 26 * 3_600_000);
        await bookRelease(uow, found);
      }),
  );
  figures['blackout of 2 h on a class'] = await median(
    async (run) =>
      await act(
        async (uow) =>
          await scheduleWindowCreate(uow, {
            name: `Blackout ${run}`,
            kind: 'BLACKOUT',
            startsAt: new Date(YEAR_BEGINS + (200 + run) * DAY).toISOString(),
            endsAt: new Date(YEAR_BEGINS + (200 + run) * DAY + 2 * 3_600_000).toISOString(),
            ciClasses: ['SERVER'],
          }),
      ),
  );
  const { rows: items } = await sql.query<{ id: string }>(`select ${server('4711')} as id`);
  const window = async (name: string, scope: object) =>
    await act(
      async (uow) =>
        await scheduleWindowCreate(uow, {
          name,
          kind: 'CHANGE_WINDOW',
          startsAt: new Date(YEAR_BEGINS).toISOString(),
          endsAt: new Date(YEAR_BEGINS + 8 * 3_600_000).toISOString(),
          rrule: 'FREQ=DAILY',
          ...scope,
        }),
    );
  figures['daily change window of an item'] = await median(
    async (run) => await window(`Item ${run}`, { ciIds: items.map(({ id }) => toNodeId('ConfigurationItem', id)) }),
  );
  for (const [name, days] of [
    ['day', 1],
    ['week', 7],
    ['month', 30],
  ] as const)
    figures[`conflicts of a ${name}, first page`] = await median(async () => await listed(days));
  figures['conflicts of a month, counted'] = await median(async () => await (await listed(30)).count());
  const question = {
    ciIds: items.map(({ id }) => id),
    from: new Date(YEAR_BEGINS + 60 * DAY),
    days: 90,
    first: 10,
  };
  figures['slots in 90 days'] = await median(
    async () => await findSlots(asking, { ...question, durationMinutes: 120 }),
  );
  figures['best times in 90 days'] = await median(
    async () => await findTimes(asking, { ...question, durationMinutes: 120 }),
  );
  // The daily window of the item lasts eight hours.
  figures['why there is no time in 90 days'] = await median(
    async () => await findTimes(asking, { ...question, durationMinutes: 9 * 60 }),
  );
  const one = await idOf(777);
  figures['a team with too many tasks'] = await median(
    async () => await act(async (uow) => await settleTeams(uow, [TEAM])),
  );
  // Each of them is settled with its slot, as after a change of the plan.
  const settled = async (n: number) => {
    const id = await idOf(n);
    await act(async (uow) => await settleReleases(uow, [id]));
  };
  figures['another time for the back-out'] = await median(async (run) => {
    await sql.query(`update release set back_out_minutes = 600 where id = ${release(String(nth(run)))}`);
    await settled(nth(run));
  });
  figures['a release after another one'] = await median(async (run) => {
    await sql.query(
      `insert into release_dependency (id, release_id, predecessor_id, added_by_id, created_at)
       select gen_random_uuid(), r.id, ${release(String(nth(run) + 1))}, r.owner_id, now()
       from release r where r.id = ${release(String(nth(run)))} on conflict do nothing`,
    );
    await settled(nth(run));
  });
  // Two releases with the same targets at the same time.
  const [clashing, beside] = [await idOf(555), await idOf(556)];
  await sql.query(
    `insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
     select gen_random_uuid(), $2, x.ci_id, x.role, x.added_by_id, now() from release_ci x where x.release_id = $1
       and not exists (select from release_ci y where y.release_id = $2 and y.ci_id = x.ci_id)`,
    [clashing, beside],
  );
  for (const update of [
    'update release r set planned_start = x.planned_start, planned_end = x.planned_end from release x',
    'update schedule_entry r set starts_at = x.planned_start, ends_at = x.planned_end from release x',
  ])
    await sql.query(
      `${update} where x.id = $1 and r.${update.startsWith('update release') ? 'id' : 'release_id'} = $2`,
      [clashing, beside],
    );
  await settled(556);
  const [left, right] = [clashing, beside].map((releaseId) => ({
    releaseId,
    distributionId: null,
    taskId: null,
    windowId: null,
  })) as [MovableParty, MovableParty];
  figures['moves that solve a conflict'] = await median(
    async () => await suggestedMoves(asking, { kind: 'CI_CONFLICT', left, right }, now()),
  );
  figures['conflicts of a release'] = await median(async () => await releaseConflicts(asking, [one]));
  figures['simulate a move'] = await median(
    async (run) =>
      await simulateMove(asking, SYSTEM, {
        id: one,
        to: {
          startsAt: new Date(YEAR_BEGINS + (100 + run) * DAY),
          endsAt: new Date(YEAR_BEGINS + (100 + run) * DAY + 4 * 3_600_000),
        },
        moveDistributions: true,
        now: now(),
      }),
  );
  figures['window status of 200 items'] = await median(async () => {
    const { rows } = await sql.query<{ id: string }>(`select ${server('n')} as id from generate_series(1, 200) n`);
    return await windowStatusOf(asking, now(), new Map(rows.map(({ id }) => [id, [id]])));
  });
  figures['facts of availableCommands'] = await median(
    async () => await releaseFactsWithConflicts(asking, SYSTEM, [one], now()),
  );
  const once = async (name: string, step: () => Promise<unknown>) => {
    statements = 0;
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const begin = performance.now();
    await step();
    const ms = performance.now() - begin;
    await new Promise((resolve) => setTimeout(resolve, 20));
    loop.disable();
    figures[name] = { ms, held: loop.max / 1e6, statements };
  };
  // They meet most entries, and go again, so that the next size is measured without them.
  await once('daily change window of a class', async () => await window('Class', { ciClasses: ['SERVER'] }));
  await once('the same, deactivated', async () => await deactivate('Class'));
  await once('daily blackout of everything', async () => await everyNight());
  await once('the same, deactivated ', async () => await deactivate('Night'));
  return figures;
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${bench.server}, load ${loadavg()[0]?.toFixed(1)}`,
);
await estate();
const all: Record<string, Figure>[] = [];
let filled = 0;
for (const size of SIZES) {
  const seconds = await fill(filled, size);
  const { rows } = await sql.query<{ conflicts: string; reach: string }>(
    `select (select count(*) from schedule_conflict) as conflicts, (select count(*) from schedule_reach) as reach`,
  );
  console.log(
    `\n${size} entries: settled ${((size - filled) / seconds).toFixed(0)} a second; ${rows[0]?.conflicts} conflicts, ` +
      `${rows[0]?.reach} items touched`,
  );
  filled = size;
  const figures = await measure();
  all.push(figures);
  const bare = figures['bare range of a month']?.ms ?? 1;
  for (const [name, { ms, held, statements: count }] of Object.entries(figures)) {
    const first = all[0]?.[name]?.ms ?? ms;
    console.log(
      `${name.padEnd(36)} ${ms.toFixed(1).padStart(8)} ms  ${(ms / bare).toFixed(1).padStart(7)} × bare  ` +
        `${(ms / first).toFixed(2).padStart(6)} × itself at ${SIZES[0]}  ${count} statements` +
        (held === undefined ? '' : `, event loop held ${held.toFixed(0)} ms`),
    );
  }
}
await database.close(true);
await reads.pool.end();
await sql.end();
await bench.end();
