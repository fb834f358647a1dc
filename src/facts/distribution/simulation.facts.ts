import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import {
  simulate,
  type Overrun,
  type PastRuns,
  type RolloutAhead,
  type Samples,
  type Simulation,
} from '../../domain/distribution/simulation.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { toolOfTarget } from './wave.facts.js';
import { findConflicts } from '../schedule/schedule.facts.js';

/** Number of past runs that a prediction looks at, latest first, and of their deliveries. Both bound the work. */
const MAX_RUNS = 50;
const MAX_DELIVERIES = 50_000;

/** Longest time ahead for which a start can be simulated. */
const MAX_DAYS_AHEAD = 366;

/** Maximum number of windows and blackouts that an answer names. */
const MAX_NAMED = 50;

interface AheadRow {
  readonly id: string;
  readonly title: string;
  readonly release_id: string;
  readonly tool_id: string;
  readonly scheduled_start: number | null;
  readonly scheduled_end: number | null;
  readonly release_end: number | null;
  readonly max_parallel: number | null;
  readonly ci_ids: string[];
  readonly waves: readonly {
    readonly id: string | null;
    readonly name: string;
    readonly toolId: string;
    readonly targets: Readonly<Record<string, number>>;
    readonly deadlineMinutes: number;
    readonly soakMinutes: number;
    readonly waits: boolean;
    readonly opensAt: number | null;
    readonly closesAt: number | null;
  }[];
}

const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** What is left of a distribution: its waves that have not passed, and the targets in them by class. */
async function whatIsLeft(db: Queryable, id: string): Promise<AheadRow> {
  const [row] = await db.query<AheadRow>(sql`
    with left_over as materialized (
      select e.wave_id, c.ci_class as class, e.ci_id from target_execution e
      join configuration_item c on c.id = e.ci_id
      where e.distribution_id = ${id}::uuid and not e.excluded and e.state not in ('SUCCEEDED', 'BACKED_OUT')
    ), counted as (select wave_id, class, count(*)::int as n from left_over group by wave_id, class)
    select d.id, d.number || ' ' || d.name as title, d.release_id, d.deployment_tool_id as tool_id,
      ${epochMs('d.scheduled_start')} as scheduled_start,
      ${epochMs('d.scheduled_end')} as scheduled_end, ${epochMs('r.planned_end')} as release_end, d.max_parallel,
      (select coalesce(json_agg(ci_id), '[]') from left_over) as ci_ids,
      (select coalesce(json_agg(json_build_object('id', x.id, 'name', x.name, 'targets', x.targets, 'toolId', x.tool,
          'deadlineMinutes', x.deadline, 'soakMinutes', x.soak, 'waits', x.waits, 'opensAt', x.opens,
          'closesAt', x.closes) order by x.position), '[]')
        from (
          select w.id, w.name, w.position, ${toolOfTarget} as tool,
            coalesce(w.deadline_minutes, d.deadline_minutes) as deadline,
            w.soak_minutes as soak, w.advance <> 'AUTOMATIC' as waits, ${epochMs('w.opens_at')} as opens,
            ${epochMs('w.closes_at')} as closes,
            (select json_object_agg(n.class, n.n) from counted n where n.wave_id = w.id) as targets
          from distribution_wave w where w.distribution_id = d.id and w.state in ('PLANNED', 'RUNNING', 'TRIPPED')
          union all
          select null, d.name, 0, d.deployment_tool_id, d.deadline_minutes, 0, false, null, null,
            (select json_object_agg(n.class, n.n) from counted n where n.wave_id is null)
        ) x where x.targets is not null) as waves
    from distribution d join release r on r.id = d.release_id where d.id = ${id}::uuid`);
  if (row === undefined) throw notFound('Distribution', 'id');
  return row;
}

interface PastRow {
  readonly tool: string;
  readonly runs: number;
  readonly most: number | null;
  readonly typical: number | null;
  readonly overhead_likely: number | null;
  readonly overhead_cautious: number | null;
  readonly samples: Samples[];
}

/**
 * What the latest runs of the same tools and operation took, by tool. A delivery whose beginning the tool did not tell
 * counts with the whole length of its run.
 */
async function pastOf(db: Queryable, id: string, tools: readonly string[]): Promise<Map<string, PastRuns>> {
  const rows = await db.query<PastRow>(sql`
    with media as (
      select v.item_id from distribution_content c join dml_item_version v on v.id = c.dml_item_version_id
      where c.distribution_id = ${id}::uuid
    ), past as materialized (
      select k.id as tool, b.id, b.distribution_id, b.attempt,
        extract(epoch from b.finished_at - b.submitted_at)::float8 * 1000 as ms,
        (select count(*) from media) > 0 and not exists (
          select 1 from media m where m.item_id not in (
            select v.item_id from distribution_content c join dml_item_version v on v.id = c.dml_item_version_id
            where c.distribution_id = b.distribution_id)) as same
      from unnest(${tools}::uuid[]) k(id)
      join distribution d on d.id = ${id}::uuid
      cross join lateral (
        select b.* from distribution_run b join distribution p on p.id = b.distribution_id
        where b.deployment_tool_id = k.id and p.operation = d.operation and b.finished_at > b.submitted_at
          and not b.back_out
        order by b.finished_at desc limit ${MAX_RUNS}) b
    ), work as materialized (
      select x.tool, x.id as run, x.same, x.ms as run_ms, c.ci_class as class, e.started_at, e.ended_at,
        case when e.ended_at > e.started_at then extract(epoch from e.ended_at - e.started_at)::float8 * 1000
          else x.ms end as ms
      from past x
      join target_execution e on e.distribution_id = x.distribution_id and e.attempt = x.attempt
      join configuration_item c on c.id = e.ci_id
      where e.state in ('SUCCEEDED', 'FAILED') and e.ended_at >= e.started_at
      limit ${MAX_DELIVERIES}
    ), by_run as (
      select tool, run, greatest(1, sum(ms) / max(run_ms)) as parallel,
        greatest(0, max(run_ms) - case when max(ended_at) > min(started_at)
          then extract(epoch from max(ended_at) - min(started_at))::float8 * 1000 else max(run_ms) end) as overhead
      from work group by tool, run
    ), samples as (
      select tool, class as "ciClass", coalesce(same, false) as "sameMedia", count(*)::int as deliveries,
        count(distinct run)::int as runs, percentile_cont(0.5) within group (order by ms) as likely,
        percentile_cont(0.9) within group (order by ms) as cautious
      from work where same group by tool, class, same
      union all
      select tool, class, false, count(*)::int, count(distinct run)::int,
        percentile_cont(0.5) within group (order by ms), percentile_cont(0.9) within group (order by ms)
      from work group by grouping sets ((tool, class), (tool))
    )
    select tool, count(*)::int as runs, max(parallel) as most,
      percentile_cont(0.5) within group (order by parallel) as typical,
      percentile_cont(0.5) within group (order by overhead) as overhead_likely,
      percentile_cont(0.9) within group (order by overhead) as overhead_cautious,
      (select coalesce(json_agg(s), '[]') from samples s where s.tool = by_run.tool and s.deliveries > 0) as samples
    from by_run group by tool`);
  return new Map(
    rows.map(({ tool, runs, most, typical, samples, ...overhead }) => [
      tool,
      {
        runs,
        parallel: { most: most ?? 1, typical: typical ?? 1 },
        overhead: { likely: overhead.overhead_likely ?? 0, cautious: overhead.overhead_cautious ?? 0 },
        samples,
      },
    ]),
  );
}

/** Blackouts that the rollout would run into, and change windows that it would run out of. */
async function calendarOverruns(db: Queryable, row: AheadRow, { start, waves }: Simulation): Promise<Overrun[]> {
  const last = waves.at(-1);
  if (last === undefined) return [];
  const conflicts = await findConflicts(db, {
    name: row.title,
    startsAt: start,
    endsAt: new Date(Math.max(last.cautious.end.getTime(), start.getTime() + 1)),
    ciIds: row.ci_ids,
    exceptReleaseId: row.release_id,
    exceptDistributionId: row.id,
  });
  const found = new Map<string, Overrun>();
  for (const { kind, interval, right } of conflicts) {
    if (kind !== 'BLACKOUT' && kind !== 'OUTSIDE_CHANGE_WINDOW') continue;
    const limit = new Date(Math.max(interval.startsAt.getTime(), start.getTime()));
    const after = (end: Date) => Math.max(0, end.getTime() - limit.getTime());
    const cautiousMs = after(last.cautious.end);
    if (cautiousMs === 0 || found.size >= MAX_NAMED) continue;
    found.set(`${kind} ${right.id} ${limit.getTime()}`, {
      kind: kind === 'BLACKOUT' ? 'BLACKOUT' : 'CHANGE_WINDOW',
      name: right.name,
      waveId: null,
      limit,
      likelyMs: after(last.likely.end),
      cautiousMs,
    });
  }
  return [...found.values()];
}

/** A prediction with the database id of its distribution, and how many runs it looked at. */
export interface DistributionSimulation extends Simulation {
  readonly distributionId: string;
  readonly runs: number;
  readonly parallel: PastRuns['parallel'];
}

/**
 * Predicts how long what is left of a distribution takes, in at most six statements.
 * @param start when it would start. Default: its scheduled start or, if that is past or missing, now.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT for a start in the past or more than a year ahead
 */
export async function simulateDistribution(
  db: Queryable,
  asked: { readonly id: string; readonly start?: string | null; readonly now: Date },
): Promise<DistributionSimulation> {
  const { now } = asked;
  const id = fromNodeId('Distribution', asked.id, 'id');
  const given = asked.start == null ? null : new Date(asked.start);
  if (given !== null && (given < now || given.getTime() - now.getTime() > MAX_DAYS_AHEAD * 86_400_000))
    throw new RequestError('BAD_USER_INPUT', `"start" is between now and ${MAX_DAYS_AHEAD} days ahead.`, {
      field: 'start',
    });
  const row = await whatIsLeft(db, id);
  const past = await pastOf(db, id, [
    ...new Set(row.waves.length === 0 ? [row.tool_id] : row.waves.map(({ toolId }) => toolId)),
  ]);
  const ahead: RolloutAhead = {
    start: given ?? new Date(Math.max(row.scheduled_start ?? 0, now.getTime())),
    maxParallel: row.max_parallel,
    past,
    scheduledEnd: date(row.scheduled_end),
    releaseEnd: date(row.release_end),
    waves: row.waves.map((wave) => ({ ...wave, opensAt: date(wave.opensAt), closesAt: date(wave.closesAt) })),
  };
  const simulation = simulate(ahead);
  const seen = [...past.values()];
  const calendar = await calendarOverruns(db, row, simulation);
  return {
    ...simulation,
    overruns: [...simulation.overruns, ...calendar],
    distributionId: id,
    runs: seen.reduce((sum, { runs }) => sum + runs, 0),
    parallel: {
      most: Math.max(1, ...seen.map(({ parallel }) => parallel.most)),
      typical: Math.min(...(seen.length === 0 ? [1] : seen.map(({ parallel }) => parallel.typical))),
    },
  };
}
