import { sql, type RawBuilder } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { NamedRef } from '../../domain/blocker.js';
import { SILENT_AFTER } from '../../domain/distribution/distribution-run.js';
import { RETRYABLE_TARGET_STATES } from '../../domain/distribution/observation.js';
import type { WaveAdvance, WavePlan } from '../../domain/distribution/wave.js';
import { groupsBroken } from '../../domain/distribution/wave-plan.js';
import type { NextWave, WaveFacts } from '../../domain/distribution/wave.guards.js';
import type { ToolToUndo } from '../../domain/distribution/wave-tool.guards.js';
import type { Queryable } from '../../database/queryable.js';
import { delivered } from './delivered.js';
import { redundancyGroups } from './redundancy.facts.js';

type BrokenGroups = NextWave['brokenGroups'];

/** Most objects that a refusal names. */
const NAMED = 5;

/**
 * A column of the wave that the rules ask about: the one that a distribution `d` would begin next. That is the one that
 * tripped, while a decision is open; the first with something left, once the rollout has ended; otherwise the first
 * that has not begun. While an order waits to be sent it is the wave of that order, which is asked about again.
 * @param column of the wave, which is `w`
 */
export const nextWave = <T>(column: RawBuilder<T>): RawBuilder<T | null> => sql`
  select ${column} from distribution_wave w
  where w.distribution_id = d.id and case
    when d.state = 'AWAITING_DECISION' then w.state = 'TRIPPED'
    when d.state = 'STARTING' then w.state = 'RUNNING' and w.attempt = d.attempt
    when d.state in ('SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED') then exists (
      select 1 from target_execution e
      where e.wave_id = w.id and not e.excluded
        and e.state = any(${['PENDING', ...RETRYABLE_TARGET_STATES]}::text[]))
    else w.state = 'PLANNED' end
  order by w.position limit 1`;

/**
 * The wave whose targets the rules ask about, as a lateral join `in_question(wave_id)` of a distribution `d`. Between
 * two waves that is the next one, and while an order waits to be sent that of the order: the targets of the others are
 * asked about when their turn comes, so that a rollout costs as much for its last wave as for its first. In every other
 * state it is null, which stands for all targets.
 */
export const waveInQuestion: RawBuilder<unknown> = sql`left join lateral (
  ${nextWave(sql`w.id as wave_id`)}) in_question on d.state in ('BETWEEN_WAVES', 'STARTING')`;

/** A condition on a target execution `e` beside {@link waveInQuestion}: the rules ask about it. */
export const isInQuestion: RawBuilder<boolean> = sql`
  (in_question.wave_id is null or e.wave_id = in_question.wave_id)`;

/**
 * Id of the tool that the rules of a distribution `d` ask about: that of its run while one can be under way, otherwise
 * that of the wave that would begin next. Where one tool does all, nothing is looked up.
 */
export const toolInQuestion: RawBuilder<string> = sql`case when cardinality(d.further_tool_ids) = 0
  then d.deployment_tool_id
  else coalesce(
    case when d.state in ('STARTING', 'START_UNKNOWN', 'RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT') then (
      select b.deployment_tool_id from distribution_run b
      where b.distribution_id = d.id and b.attempt = d.attempt) end,
    (${nextWave(sql`w.deployment_tool_id`)}),
    d.deployment_tool_id) end`;

/** Id of the tool of a target execution `e` whose wave, if any, is `w`, in a distribution `d`. */
export const toolOfTarget: RawBuilder<string> = sql`coalesce(w.deployment_tool_id, d.deployment_tool_id)`;

/**
 * What is asked of several tools of a distribution `d`, as JSON: of those that delivered something whether they can
 * undo, and which tools no wave has. Null where one tool does all.
 */
export const toolsOfWaves: RawBuilder<ToolsRow | null> = sql`case when cardinality(d.further_tool_ids) > 0 then
  json_build_object(
    'delivered', (
      select coalesce(json_agg(json_build_object('id', t.id, 'name', t.name, 'state', t.state, 'detail', t.detail,
        'canUndo', coalesce(t.capabilities->'operations' @> '"undo"', false)) order by t.name), '[]')
      from deployment_tool t where t.id in (
        select ${toolOfTarget} from target_execution e left join distribution_wave w on w.id = e.wave_id
        where e.distribution_id = d.id and ${delivered})),
    'idle', (
      select coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) order by t.name), '[]')
      from deployment_tool t where t.id = any(d.further_tool_ids) and not exists (
        select from distribution_wave w where w.distribution_id = d.id and w.deployment_tool_id = t.id)),
    'canPreflight', (
      select bool_or(coalesce(t.capabilities->>'preflight' <> 'none', false))
      from deployment_tool t where t.id = d.deployment_tool_id or t.id = any(d.further_tool_ids)),
    'hasLogs', (
      select bool_or(coalesce(t.capabilities->>'logs' = 'cursor', false))
      from deployment_tool t where t.id = d.deployment_tool_id or t.id = any(d.further_tool_ids))) end`;

/** What is read of the tools of a distribution whose waves have several. */
export interface ToolsRow {
  readonly delivered: readonly ToolToUndo[];
  readonly idle: readonly NamedRef[];
  readonly canPreflight: boolean;
  readonly hasLogs: boolean;
}

/**
 * The targets that the rules ask about, as a table `e` beside {@link waveInQuestion}. Those of a wave are found by
 * their wave, so that a rollout of many waves costs each of them its own targets only.
 */
export const targetsInQuestion: RawBuilder<unknown> = sql`lateral (
  select e.* from target_execution e where e.wave_id = in_question.wave_id
  union all
  select e.* from target_execution e where in_question.wave_id is null and e.distribution_id = d.id) e`;

/** What is read of the waves of a distribution. */
export interface WavesRow {
  readonly by: WavePlan['by'];
  readonly unplaced: NamedRef[];
  readonly passed: {
    readonly name: string;
    readonly advance: WaveAdvance;
    readonly soakUntil: number | null;
    readonly unverified: NamedRef[];
  } | null;
  readonly next: {
    readonly id: string;
    readonly name: string;
    readonly opensAt: number | null;
    readonly closesAt: number | null;
  } | null;
}

const named = (rows: RawBuilder<unknown>) => sql`coalesce((
  select json_agg(json_build_object('id', x.id, 'name', x.name)) from (
    select c.id, c.name from ${rows} order by c.name, c.id limit ${sql.lit(NAMED)}) x), '[]')`;

// What succeeded in a wave counts as verified by a digest that the tool read back, or by a check after it.
const unverified = named(sql`target_execution e join configuration_item c on c.id = e.ci_id
  where e.wave_id = w.id and not e.excluded and e.state = 'SUCCEEDED' and e.verified_digest is null
    and not exists (
      select 1 from target_execution v join distribution o on o.id = v.distribution_id
      where v.ci_id = e.ci_id and o.release_id = d.release_id and o.operation = 'VERIFY' and v.state = 'SUCCEEDED'
        and v.ended_at >= e.ended_at)`);

/** The waves of a distribution `d` as the rules need them, as JSON; null where it has none. */
export const wavesOfDistribution: RawBuilder<WavesRow | null> = sql`
  case when d.wave_plan is not null then json_build_object(
    'by', d.wave_plan->>'by',
    'unplaced', ${named(sql`target_execution e join configuration_item c on c.id = e.ci_id
      where e.distribution_id = d.id and e.wave_id is null`)},
    'passed', case when d.state = 'BETWEEN_WAVES' then (
      select json_build_object('name', w.name, 'advance', w.advance, 'soakUntil', ${epochMs('w.soak_until')},
        'unverified', case when w.advance = 'VERIFIED' then ${unverified} else '[]' end)
      from distribution_wave w where w.distribution_id = d.id and w.state = 'PASSED'
      order by w.position desc limit 1) end,
    'next', (${nextWave(sql`json_build_object('id', w.id, 'name', w.name, 'opensAt', ${epochMs('w.opens_at')},
      'closesAt', ${epochMs('w.closes_at')})`)})) end`;

/** Whether a run of a distribution `d` is under way. */
export const runIsOpenOf: RawBuilder<boolean> = sql`exists (
  select 1 from distribution_run b
  where b.distribution_id = d.id and b.attempt = d.attempt and b.state in ('INTENT', 'SUBMITTED', 'UNKNOWN'))`;

/** How long a tool has to stop what it works on before a person may give up the run, in minutes. */
const STOP_MINUTES = 10;

/**
 * Until when the tool may still end the run of a distribution `d`: after a stop for some minutes, in a back-out until
 * its deadline. Null when nothing was asked of the tool, it refused, it is silent, or its time is over.
 */
export const mayEndUntil = (now: Date): RawBuilder<Date | null> => sql`(
  select x.until from distribution_run b
  cross join lateral (
    select case when d.state = 'BACKING_OUT' then b.deadline
      when coalesce(b.cancel_answer, 'ACCEPTED') = 'ACCEPTED'
      then b.cancel_requested_at + make_interval(mins => ${sql.lit(STOP_MINUTES)}) end as until) x
  where b.distribution_id = d.id and b.attempt = d.attempt and b.state <> 'FINISHED'
    and b.failures < ${sql.lit(SILENT_AFTER)} and x.until > ${now}::timestamptz)`;

const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** The facts about waves from what was read. @param brokenGroups of the wave that is next */
export function waveFactsOf(row: WavesRow | null, brokenGroups: BrokenGroups): Pick<WaveFacts, 'waves'> {
  if (row === null) return {};
  const { unplaced, passed, next } = row;
  return {
    waves: {
      unplaced,
      passed: passed && { ...passed, soakUntil: date(passed.soakUntil) },
      next: next && {
        name: next.name,
        opensAt: date(next.opensAt),
        closesAt: date(next.closesAt),
        brokenGroups,
      },
    },
  };
}

/**
 * The groups that the next wave of each distribution would leave without enough members now. Only asked where the
 * waves were planned for redundancy: elsewhere nobody was promised it. A fixed number of statements.
 */
export async function brokenGroupsOf(
  db: Queryable,
  rows: readonly { readonly id: string; readonly waves: WavesRow | null }[],
): Promise<Map<string, BrokenGroups>> {
  const asked = rows.filter(({ waves }) => waves?.by === 'REDUNDANCY' && waves.next !== null);
  const found = new Map<string, BrokenGroups>();
  if (asked.length === 0) return found;
  const targets = await db.query<{ id: string; ci: string }>(sql`
    select e.distribution_id as id, e.ci_id as ci from target_execution e
    where e.wave_id = any(${asked.map(({ waves }) => waves?.next?.id)}::uuid[]) and not e.excluded
      and e.state <> 'SUCCEEDED'`);
  const groups = await redundancyGroups(
    db,
    targets.map(({ ci }) => ci),
  );
  for (const { id } of asked) {
    const ids = targets.filter((target) => target.id === id).map(({ ci }) => ci);
    found.set(
      id,
      groupsBroken(ids, groups)
        .slice(0, NAMED)
        .map(({ group, remaining }) => ({ id: group.id, name: group.name, keep: group.keep, remaining })),
    );
  }
  return found;
}
