import { sql, type RawBuilder } from 'kysely';
import { toNodeId } from '../../domain/node-id.js';
import { fromCursor, toCursor } from '../../events/log.js';
import type { RunLogType } from '../../schema/distribution/run-log.type.js';
import type { BatchRead } from '../reads.js';

/** Maximum number of parts in one answer: together at most 128 Ki characters. */
const PARTS = 4;

interface LogRow {
  readonly parent: string;
  readonly runId: string;
  readonly ciId: string | null;
  readonly length: number;
  readonly complete: boolean;
  readonly truncated: boolean;
  readonly error: string | null;
}

interface PartsRow {
  readonly parent: string;
  readonly parts: readonly { readonly position: number; readonly text: string }[];
}

const COLUMNS = sql`g.run_id as "runId", g.ci_id as "ciId", g.length, g.complete, g.truncated, g.error`;

/** Reads logs after a cursor for many parents, in two statements. @param logs the logs, each with its `parent` */
const readLogs =
  (
    logs: (ids: readonly string[]) => RawBuilder<LogRow>,
    after: string | null | undefined,
  ): BatchRead<RunLogType | null> =>
  async (ids, db) => {
    const position = after == null ? 0 : fromCursor(after);
    const rows = await db.query<LogRow>(logs(ids));
    const texts = await db.query<PartsRow>(sql`
      select v.parent, coalesce((
        select json_agg(json_build_object('position', x.position::float8, 'text', x.text) order by x.position) from (
          select e.position, e.payload->>'text' as text from domain_event e
          where e.topics && array[v.run] and e.type = 'distribution-run.logged'
            and e.payload->>'target' is not distinct from v.target and e.position > ${position}
          order by e.position limit ${PARTS + 1}) x), '[]') as parts
      from unnest(${rows.map(({ parent }) => parent)}::uuid[], ${rows.map(({ runId }) => runId)}::uuid[],
        ${rows.map(({ ciId }) => ciId && toNodeId('ConfigurationItem', ciId))}::text[]) v(parent, run, target)`);
    const partsOf = new Map(texts.map(({ parent, parts }) => [parent, parts]));
    const found = new Map<string, RunLogType | null>(ids.map((id) => [id, null]));
    for (const { parent, runId: _run, ciId: _ci, ...log } of rows) {
      const parts = partsOf.get(parent) ?? [];
      const shown = parts.slice(0, PARTS);
      const last = shown.at(-1);
      found.set(parent, {
        ...log,
        text: shown.map(({ text }) => text).join(''),
        endCursor: last ? toCursor(last.position) : (after ?? null),
        hasMore: parts.length > PARTS,
      });
    }
    return found;
  };

/** The logs of runs after a cursor; null where nobody followed it. */
export const logsOfRuns = (after: string | null | undefined): BatchRead<RunLogType | null> =>
  readLogs(
    (ids) => sql<LogRow>`
      select g.run_id as parent, ${COLUMNS} from run_log g where g.run_id = any(${ids}::uuid[]) and g.ci_id is null`,
    after,
  );

/** What the tool logged about targets in their latest attempt, after a cursor; null where nobody followed it. */
export const logsOfTargets = (after: string | null | undefined): BatchRead<RunLogType | null> =>
  readLogs(
    (ids) => sql<LogRow>`
      select e.id as parent, ${COLUMNS}
      from target_execution e
      join distribution_run r on r.distribution_id = e.distribution_id and r.attempt = e.attempt
      join run_log g on g.run_id = r.id and g.ci_id = e.ci_id
      where e.id = any(${ids}::uuid[])`,
    after,
  );
