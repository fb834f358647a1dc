import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import { reachFrom, type ImpactGraph } from '../../domain/cmdb/impact.js';
import { withBackOut, type ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { tierOf } from '../../domain/schedule/tier.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import { keptReach, MAX_KEPT_REACH, type KeptReach } from './schedule-reach.facts.js';

interface WorkToKeep {
  readonly entry: ConflictEntry;
  /** Null when it touches too much. */
  readonly reach: KeptReach | null;
  readonly digest: string | null;
}

function* worksToKeep(entries: readonly ConflictEntry[], graph: ImpactGraph): Steps<WorkToKeep[]> {
  const works: WorkToKeep[] = [];
  for (const entry of entries) {
    yield;
    const touched = reachFrom(graph, entry.ciIds);
    const reach = touched.size > MAX_KEPT_REACH ? null : yield* keptReach(touched);
    const digest = createHash('sha256');
    for (const [nth, ciId] of (reach?.ciIds ?? []).entries())
      digest.update(`${ciId} ${reach?.steps[nth]} ${reach?.viaIds[nth]}\n`);
    works.push({ entry, reach, digest: reach && digest.digest('base64') });
  }
  return works;
}

/**
 * Keeps what occupies items for some releases, and what it touches, as it is now. What has not changed is not written
 * again: of work that is moved only the times. The number of statements does not depend on the data.
 * @param entries all work of the releases
 * @param since work that ended before is history: it stays as it was kept
 */
export async function keepWork(
  db: Queryable,
  releaseIds: readonly string[],
  entries: readonly ConflictEntry[],
  graph: ImpactGraph,
  since: Date,
): Promise<void> {
  const recent = entries.filter(({ endsAt }) => endsAt > since);
  const works = await inTurns(worksToKeep(recent, graph));
  const known = await db.query<{
    id: string;
    digest: string | null;
    starts: number;
    ends: number;
    backOut: number;
  }>(sql`
    select id, reach_digest as digest, ${epochMs('starts_at')} as starts, ${epochMs('ends_at')} as ends,
      ${epochMs('back_out_ends_at')} as "backOut"
    from schedule_work where release_id = any(${[...releaseIds]}::uuid[])`);
  const before = new Map(known.map((row) => [row.id, row]));
  const present = new Set(entries.map(({ id }) => id));
  const gone = known.filter(({ id }) => !present.has(id)).map(({ id }) => id);
  const isMoved = ({ entry }: WorkToKeep) => {
    const was = before.get(entry.id);
    return (
      was?.starts !== entry.startsAt.getTime() ||
      was.ends !== entry.endsAt.getTime() ||
      was.backOut !== withBackOut(entry).endsAt.getTime()
    );
  };
  const reaching = works.filter(({ entry, digest }) => before.get(entry.id)?.digest !== digest);
  const moved = works.filter((work) => isMoved(work) || reaching.includes(work));
  const rewritten = [...gone, ...reaching.map(({ entry }) => entry.id)].filter((id) => before.has(id));
  if (rewritten.length > 0) await db.query(sql`delete from schedule_reach where work_id = any(${rewritten}::uuid[])`);
  if (gone.length > 0) await db.query(sql`delete from schedule_work where id = any(${gone}::uuid[])`);
  if (moved.length === 0) return;
  await writeWorks(db, moved);
  const timed = moved.filter((work) => !reaching.includes(work)).map(({ entry }) => entry.id);
  if (timed.length > 0)
    await db.query(sql`
      update schedule_reach r set starts_at = w.starts_at, ends_at = w.ends_at, tier = w.tier
      from schedule_work w where w.id = r.work_id and r.work_id = any(${timed}::uuid[])`);
  await writeReaches(db, reaching);
}

async function writeWorks(db: Queryable, works: readonly WorkToKeep[]): Promise<void> {
  const rows = works.map(({ entry, digest }) => ({
    id: entry.id,
    release: entry.groupId,
    distribution: entry.work?.distributionId ?? null,
    entry: entry.work?.entryId ?? null,
    starts: entry.startsAt,
    ends: entry.endsAt,
    back_out_ends: withBackOut(entry).endsAt,
    // Found by its back-out, too.
    tier: tierOf(withBackOut(entry)),
    digest,
  }));
  await db.query(sql`
    insert into schedule_work (id, release_id, distribution_id, entry_id, starts_at, ends_at, back_out_ends_at, tier,
      reach_digest)
    select x.id, x.release, x.distribution, x.entry, x.starts, x.ends, x.back_out_ends, x.tier, x.digest
    from json_to_recordset(${JSON.stringify(rows)}::json) as x(id uuid, release uuid, distribution uuid, entry uuid,
      starts timestamptz, ends timestamptz, back_out_ends timestamptz, tier smallint, digest text)
    on conflict (id) do update set distribution_id = excluded.distribution_id, entry_id = excluded.entry_id,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, back_out_ends_at = excluded.back_out_ends_at,
      tier = excluded.tier,
      reach_digest = excluded.reach_digest`);
}

async function writeReaches(db: Queryable, works: readonly WorkToKeep[]): Promise<void> {
  const kept = works.flatMap(({ entry, reach }) => (reach === null ? [] : [{ id: entry.id, reach }]));
  if (kept.length === 0) return;
  const list = <T>(of: (reach: KeptReach, id: string) => readonly T[]) =>
    kept.flatMap(({ id, reach }) => of(reach, id));
  await db.query(sql`
    insert into schedule_reach (work_id, ci_id, steps, via_id, starts_at, ends_at, tier)
    select x.work, x.ci, x.steps, x.via, w.starts_at, w.ends_at, w.tier
    from unnest(${list(({ ciIds }, id) => ciIds.map(() => id))}::uuid[], ${list(({ ciIds }) => ciIds)}::uuid[],
      ${list(({ steps }) => steps)}::smallint[], ${list(({ viaIds }) => viaIds)}::uuid[]) as x(work, ci, steps, via)
    join schedule_work w on w.id = x.work`);
}
