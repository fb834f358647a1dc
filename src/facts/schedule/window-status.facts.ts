import { sql } from 'kysely';
import { reachFrom } from '../../domain/cmdb/impact.js';
import { windowStatus, type WindowStatus } from '../../domain/schedule/window-status.js';
import type { Queryable } from '../../database/queryable.js';
import type { Steps } from '../../domain/steps.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';
import { readWindows } from './schedule-slice.facts.js';

/** How far ahead it is looked for when windows open and close, in days. */
export const WINDOW_STATUS_DAYS = 90;

/**
 * Whether work on the items of each key may be done now, as far as windows are concerned, in two statements, and one
 * more for windows with a filter.
 */
export async function windowStatusOf(
  db: Queryable,
  now: Date,
  ciIdsOf: ReadonlyMap<string, readonly string[]>,
  impact = new ImpactReader(db),
): Promise<Map<string, WindowStatus>> {
  const graph = await impact.graph([...ciIdsOf.values()].flat());
  const span = { startsAt: now, endsAt: new Date(now.getTime() + WINDOW_STATUS_DAYS * 86_400_000) };
  const windows = await readWindows(db, graph, [span]);
  const steps = function* (): Steps<Map<string, WindowStatus>> {
    const found = new Map<string, WindowStatus>();
    for (const [key, ciIds] of ciIdsOf) {
      yield;
      found.set(key, windowStatus(span, { ciIds, reach: reachFrom(graph, ciIds), windows, graph }));
    }
    return found;
  };
  return await inTurns(steps());
}

/** Whether work on each item may be done now, as far as windows are concerned. */
export const ciWindowStatus = async (db: Queryable, now: Date, ciIds: readonly string[]) =>
  await windowStatusOf(db, now, new Map(ciIds.map((id) => [id, [id]])));

/** Whether work on all targets of each release may be done now. Releases without targets are not in the answer. */
export async function releaseWindowStatus(
  db: Queryable,
  now: Date,
  releaseIds: readonly string[],
): Promise<Map<string, WindowStatus>> {
  const rows = await db.query<{ id: string; cis: string[] }>(sql`
    select x.release_id as id, json_agg(x.ci_id) as cis from release_ci x
    where x.release_id = any(${releaseIds}::uuid[]) and x.role = 'TARGET' group by x.release_id`);
  return await windowStatusOf(db, now, new Map(rows.map(({ id, cis }) => [id, cis])));
}
