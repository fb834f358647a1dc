import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import type { ObservedContent } from '../../domain/cmdb/ci-observation.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { IdentifiedItem } from './identify-observed.js';
import type { WellFormed } from './observation-input.js';

/** An observation on its way, and the item that it is about. */
export interface Taken {
  readonly index: number;
  readonly observation: WellFormed;
  readonly item: IdentifiedItem;
}

/** The present row of an item and a source. */
export interface Present {
  readonly id: string;
  readonly ciId: string;
  readonly digest: string;
  readonly observedAt: Date;
  readonly overdue: boolean;
}

/** An observation that is to be written. */
export interface Written {
  readonly taken: Taken;
  readonly content: ObservedContent;
  readonly digest: string;
  readonly present: Present | undefined;
}

/** Who observes, and when it looks again. */
interface Reporting {
  readonly source: string;
  readonly nextWithinMinutes?: number | null;
}

const dueAt = ({ observedAt }: WellFormed, minutes: number | null | undefined): string | null =>
  minutes == null ? null : new Date(observedAt.getTime() + minutes * 60_000).toISOString();

/** Writes observations that say something else than before, by one statement. */
export async function writeChanged(
  uow: UnitOfWork,
  { source, nextWithinMinutes }: Reporting,
  written: readonly Written[],
): Promise<void> {
  const rows = written.map(({ taken: { item, observation }, content, digest }) => ({
    id: newId(),
    ci: item.id,
    key: observation.key,
    content,
    digest,
    gone: observation.gone,
    since: observation.since.toISOString(),
    at: observation.observedAt.toISOString(),
    due: dueAt(observation, nextWithinMinutes),
  }));
  await uow.query(sql`
    insert into ci_observation as o (id, ci_id, source, key, content, digest, gone, overdue, since, observed_at, due_at,
      observed_by_id, version, created_at, updated_at)
    select r.id, r.ci, ${source}, r.key, r.content, r.digest, r.gone, false, r.since, r.at, r.due, ${uow.actorId}::uuid,
      1, ${uow.now}, ${uow.now}
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(id uuid, ci uuid, key text, content jsonb, digest text,
      gone boolean, since timestamptz, at timestamptz, due timestamptz)
    on conflict (ci_id, source) do update set key = coalesce(excluded.key, o.key), content = excluded.content,
      digest = excluded.digest, gone = excluded.gone, overdue = false, since = excluded.since,
      observed_at = excluded.observed_at, due_at = excluded.due_at, observed_by_id = excluded.observed_by_id,
      version = o.version + 1, updated_at = excluded.updated_at`);
}

/** Writes observations that say the same as before, by one statement: only when the source looked. */
export async function writeUnchanged(
  uow: UnitOfWork,
  { nextWithinMinutes }: Reporting,
  same: readonly Written[],
): Promise<void> {
  await uow.query(sql`
    update ci_observation o set key = coalesce(r.key, o.key), observed_at = r.at, due_at = r.due, overdue = false,
      updated_at = ${uow.now}
    from unnest(
      ${same.map(({ present }) => present?.id)}::uuid[],
      ${same.map(({ taken }) => taken.observation.key)}::text[],
      ${same.map(({ taken }) => taken.observation.observedAt.toISOString())}::timestamptz[],
      ${same.map(({ taken }) => dueAt(taken.observation, nextWithinMinutes))}::timestamptz[]
    ) r(id, key, at, due) where o.id = r.id`);
}
