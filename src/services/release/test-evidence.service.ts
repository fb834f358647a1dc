import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { BUILDING_TASK_KINDS } from '../../domain/release/test-evidence.js';
import { TestedContent } from '../../entities/release/tested-content.entity.js';
import type { Task } from '../../entities/release/task.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

/**
 * Records the actor as a builder of the package when the task that they work on belongs to the building, so that they
 * cannot test it.
 */
export async function recordBuilder(uow: UnitOfWork, task: Task): Promise<void> {
  if (uow.actor.id === undefined) return;
  await uow.query(sql`
    insert into contribution (id, subject_type, subject_id, person_id, part, created_at)
    select ${newId()}::uuid, 'Release', t.release_id, ${uow.actor.id}::uuid, 'BUILDER', ${uow.now}
    from task t join phase f on f.id = t.phase_id
    where t.id = ${task.id} and f.release_state = 'BUILDING' and t.kind = any(${[...BUILDING_TASK_KINDS]}::text[])
    on conflict do nothing`);
}

/** A media version that a test was made on. */
export interface TestedMedia {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
}

/** The package of a release as it is now, with the digests of its bytes: what a test is made on. */
export async function packageToTest(uow: UnitOfWork, releaseId: string): Promise<TestedMedia[]> {
  return await uow.query<TestedMedia>(sql`
    select m.id, i.name || ' ' || m.label as name, b.digest
    from release_content c
    join dml_item_version m on m.id = c.dml_item_version_id
    join dml_item i on i.id = m.item_id
    join media_blob b on b.id = m.media_id
    where c.release_id = ${releaseId}
    order by m.id`);
}

/** Binds the evidence of a completed test to the media that it was given on. */
export function recordTested(uow: UnitOfWork, task: Task, tested: readonly TestedMedia[]): void {
  for (const { id, digest } of tested)
    uow.em.create(TestedContent, { id: newId(), taskId: task.id, dmlItemVersionId: id, digest });
}
