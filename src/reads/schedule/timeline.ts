import type { ReadModel, ReadRow } from '../model.js';

/** Booked entries. @param condition on `e` */
export const booked = (condition = 'true') => `
  select e.id, e.kind, case e.kind when 'RELEASE' then r.number || ' ' || r.name when 'DISTRIBUTION'
    then d.number || ' ' || d.name else e.title end as title,
    e.starts_at, e.ends_at, e.live, e.version, e.created_at, e.updated_at, e.release_id, e.distribution_id, null::uuid
      as task_id, null::uuid as change_id
  from schedule_entry e left join release r on r.id = e.release_id left join distribution d on d.id = e.distribution_id
  where ${condition}`;

/** Tasks with dates. @param condition on `k` */
export const tasks = (condition = 'true') => `
  select k.id, 'TASK', k.number || ' ' || k.name, k.planned_start, k.planned_end,
    k.state not in ('SKIPPED', 'CANCELLED') and r.state <> 'CANCELLED', k.version, k.created_at, k.updated_at,
      k.release_id, null, k.id, null
  from task k join release r on r.id = k.release_id where k.planned_start < k.planned_end and ${condition}`;

/** Authorised changes with dates. @param condition on `c` */
export const changes = (condition = 'true') => `
  select c.id, 'CHANGE', c.number || ' ' || c.title, c.planned_start, c.planned_end, c.state <> 'CANCELLED', c.version,
    c.created_at, c.updated_at, m.release_id, null, null, c.id
  from change c left join release_change m on m.change_id = c.id and m.live
  where c.planned_start < c.planned_end and c.authorised_at is not null and ${condition}`;

/**
 * The timeline: booked entries, and tasks and authorised changes by their planned dates. These are not copied into the
 * schedule, so that no edit can leave the two apart; the entry of a task or change has the uuid of the task or change.
 */
const timelineOf = (...parts: readonly string[]) => `(${parts.join(' union all ')})`;

/** The whole timeline, as a table. */
export const TIMELINE = timelineOf(booked(), tasks(), changes());

/**
 * A list that hangs on a parent. Each part of its timeline says how it finds its rows by an index: PostgreSQL does not
 * carry such a condition into the parts by itself and would read the whole timeline once for every parent. Conditions
 * with arrays keep it from walking through all entries and asking of each whether it belongs to the parent.
 */
export const listedBy = <Row extends ReadRow>(model: ReadModel<Row>, ...parts: readonly string[]): ReadModel<Row> => ({
  ...model,
  table: timelineOf(...parts),
});
