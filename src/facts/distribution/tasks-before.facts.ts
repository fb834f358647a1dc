import { sql } from 'kysely';
import { DONE_TASK_STATES, UNSTARTED_TASK_STATES } from '../../domain/release/task.machine.js';

/** An SQL expression over a distribution `d`: what its tasks wait for and is not done, as `TaskBefore`. */
export const tasksBefore = sql`coalesce((
  select json_agg(json_build_object(
      'task', json_build_object('id', t.id, 'name', t.name), 'before', json_build_object('id', b.id, 'name', b.name))
    order by t.id, b.id)
  from task t
  join task_dependency p on p.task_id = t.id
  join task b on b.id = p.predecessor_id
  where t.distribution_id = d.id and t.state = any(${[...UNSTARTED_TASK_STATES]}::text[])
    and b.state <> all(${[...DONE_TASK_STATES]}::text[])
), '[]')`;
