import { sql } from 'kysely';
import { phaseRank } from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { slackOf, taskIsDone, type TimedTaskNode } from '../../domain/release/task-graph.js';
import type { TaskState } from '../../domain/release/task.machine.js';
import type { BatchRead } from '../reads.js';

interface Row {
  readonly id: string;
  readonly release_id: string;
  readonly state: TaskState;
  readonly phase_state: ReleaseState;
  readonly after: string[];
  readonly minutes: number;
}

// The states of a release stand between its phases like gates: what belongs to one waits for all that belongs to those
// before.
function gated(rows: readonly Row[]): TimedTaskNode[] {
  const ranks = [...new Set(rows.map((row) => phaseRank(row.phase_state)))].sort((a, b) => a - b);
  const gate = (rank: number) => `gate:${rank}`;
  return [
    ...ranks.map((rank, i) => ({
      id: gate(rank),
      durationMinutes: 0,
      after:
        i === 0
          ? []
          : [
              gate(ranks[i - 1] as number),
              ...rows.filter((row) => phaseRank(row.phase_state) === ranks[i - 1]).map(({ id }) => id),
            ],
    })),
    ...rows.map((row) => ({
      id: row.id,
      durationMinutes: taskIsDone(row.state) ? 0 : row.minutes,
      after: [gate(phaseRank(row.phase_state)), ...row.after],
    })),
  ];
}

/**
 * By how many minutes each task may slip without delaying the end of what is left of its plan, from planned durations,
 * the order of the tasks and the states between phases. Tasks for a back-out, which is not part of the plan as it
 * should go, have none. One statement.
 */
export const taskSlack: BatchRead<number> = async (ids, db) => {
  const rows = await db.query<Row>(sql`
    select t.id, t.release_id, t.state, f.release_state as phase_state, array(select d.predecessor_id
      from task_dependency d where d.task_id = t.id) as after,
      coalesce(round(extract(epoch from t.planned_end - t.planned_start) / 60), 0)::int as minutes
    from task t join phase f on f.id = t.phase_id
    where t.release_id in (select x.release_id from task x where x.id = any(${ids}::uuid[]))
      and f.release_state <> 'BACKING_OUT'`);
  const byRelease = new Map<string, Row[]>();
  for (const row of rows) {
    const known = byRelease.get(row.release_id);
    if (known === undefined) byRelease.set(row.release_id, [row]);
    else known.push(row);
  }
  const slack = new Map<string, number>();
  for (const plan of byRelease.values())
    for (const [id, { slackMinutes }] of slackOf(gated(plan)) ?? []) slack.set(id, slackMinutes);
  return slack;
};
