import { sql } from 'kysely';
import type { UnitOfWork } from '../unit-of-work.js';

const SCHEDULE_LOCK = 7_301_942_003;

/**
 * Takes the lock under which bookings are made, until the unit of work ends: of two bookings that clash, the second
 * sees the first. Take it after the locks on rows and before computing conflicts.
 */
export async function lockSchedule(uow: UnitOfWork): Promise<void> {
  await uow.query(sql`select pg_advisory_xact_lock(${SCHEDULE_LOCK})`);
}
