import { sql } from 'kysely';
import { newId } from '../database/new-id.js';
import type { ApprovedType } from '../domain/contribution.js';
import type { UnitOfWork } from './unit-of-work.js';

/**
 * Records that the actor wrote a part of what has to be approved, so that they cannot approve it. The server itself is
 * no author.
 */
export async function recordAuthor(uow: UnitOfWork, type: ApprovedType, id: string): Promise<void> {
  if (uow.actor.id === undefined) return;
  await uow.query(sql`
    insert into contribution (id, subject_type, subject_id, person_id, part, created_at)
    values (${newId()}, ${type}, ${id}, ${uow.actor.id}, 'AUTHOR', ${uow.now})
    on conflict do nothing`);
}
