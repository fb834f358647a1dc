import { sql } from 'kysely';
import type { UnitOfWork } from '../unit-of-work.js';
import { holdItems } from './ci-observation.service.js';
import { compareItems } from './drift-compare.service.js';

/** Lists something when triggers have noted items that {@link compareStale} has to compare. */
export const staleItems = () => sql`select from drift_stale limit 1`;

/** Lists something when {@link markOverdue} has something to mark. */
export const overdueItems = (now: Date) => sql`
  select from ci_observation where due_at < ${now} and due_at is not null and not overdue and not gone limit 1`;

/**
 * Compares items again whose records changed since they were compared.
 * @param atMost how many notes of triggers to work on.
 * @returns how many there were.
 */
export async function compareStale(uow: UnitOfWork, atMost: number): Promise<number> {
  const notes = await uow.query<{ ci: string }>(sql`
    delete from drift_stale where id in (
      select id from drift_stale order by id limit ${atMost} for update skip locked)
    returning ci_id as ci`);
  if (notes.length === 0) return 0;
  const ids = [...new Set(notes.map(({ ci }) => ci))];
  await holdItems(uow, ids);
  await compareItems(uow, ids);
  return notes.length;
}

/**
 * Marks observations that a source should have repeated by now.
 * @param atMost how many to mark.
 * @returns how many were marked.
 */
export async function markOverdue(uow: UnitOfWork, atMost: number): Promise<number> {
  const late = await uow.query<{ ci: string }>(sql`
    update ci_observation set overdue = true, updated_at = ${uow.now} where id in (
      select id from ci_observation where due_at < ${uow.now} and due_at is not null and not overdue and not gone
      order by due_at limit ${atMost} for update skip locked)
      and due_at < ${uow.now} and not overdue
    returning ci_id as ci`);
  if (late.length === 0) return 0;
  const ids = [...new Set(late.map(({ ci }) => ci))];
  await holdItems(uow, ids);
  await compareItems(uow, ids);
  return late.length;
}
