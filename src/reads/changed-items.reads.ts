import type pg from 'pg';
import type { Queryable } from '../database/queryable.js';
import { EXPORT_COLUMNS, exportedObject, type ExportKind, type ExportRow } from '../domain/file-export.js';
import { parseNodeId, toNodeId } from '../domain/node-id.js';
import { type LoggedEvent, readLog } from '../events/log.js';
import { exportedOf } from './file-export.reads.js';

/** How many events are read at a time. */
const PAGE = 200;

/** What events tell of: items, and those whose relations or installations are others than before. */
interface Touched {
  readonly items: Set<string>;
  readonly relations: Set<string>;
  readonly installations: Set<string>;
}

function touchedBy(events: readonly LoggedEvent[]): Touched {
  const touched: Touched = { items: new Set(), relations: new Set(), installations: new Set() };
  for (const { aggregateType, aggregateId, payload } of events) {
    if (aggregateType === 'ConfigurationItem') touched.items.add(aggregateId);
    const changes = (payload['changes'] ?? []) as readonly { readonly object: string; readonly field: string }[];
    for (const { object, field } of changes) {
      const parsed = parseNodeId(object);
      if (parsed?.type !== 'ConfigurationItem') continue;
      touched.items.add(parsed.uuid);
      if (field === 'relations' || field === 'installations') touched[field].add(parsed.uuid);
    }
  }
  return touched;
}

/** What is so now of an item that changed. A member that is absent has not changed. */
interface ChangedItem {
  readonly id: string;
  /** Null for an item that is no longer there. */
  readonly configurationItem: Record<string, unknown> | null;
  readonly relations?: readonly Record<string, unknown>[];
  readonly installations?: readonly Record<string, unknown>[];
}

/** Part of the log, with the items that it tells of. */
export interface ChangedItems {
  readonly items: readonly ChangedItem[];
  /** Position of the last event. */
  readonly position: number;
}

const objects = (kind: ExportKind, rows: readonly ExportRow[]) =>
  rows.map((row) => exportedObject(EXPORT_COLUMNS[kind], row));

const groupBy = (rows: readonly Record<string, unknown>[], key: string) =>
  Map.groupBy(rows, (row) => row[key] as string);

/**
 * The items that the next events of the log tell of, as they are now. An item that changes again meanwhile comes again
 * later.
 * @returns undefined when the log has no more events up to a position.
 */
export async function changedItems(
  db: Queryable & { readonly pool: pg.Pool },
  after: number,
  until: number,
): Promise<ChangedItems | undefined> {
  const events = (await readLog(db.pool, after, PAGE)).filter(({ position }) => position <= until);
  const last = events.at(-1);
  if (last === undefined) return undefined;
  const touched = touchedBy(events);
  const [items, relations, installations] = [
    objects(
      'configuration-items',
      await exportedOf(db, 'configuration-items', { column: 'id', ids: [...touched.items] }),
    ),
    objects('relations', await exportedOf(db, 'relations', { column: 'source_id', ids: [...touched.relations] })),
    objects(
      'installations',
      await exportedOf(db, 'installations', { column: 'ci_id', ids: [...touched.installations] }),
    ),
  ];
  const present = new Map(items.map((item) => [item['id'] as string, item]));
  const [bySource, byItem] = [groupBy(relations, 'sourceId'), groupBy(installations, 'ciId')];
  return {
    position: last.position,
    items: [...touched.items].sort().map((uuid): ChangedItem => {
      const id = toNodeId('ConfigurationItem', uuid);
      return {
        id,
        configurationItem: present.get(id) ?? null,
        ...(touched.relations.has(uuid) && { relations: bySource.get(id) ?? [] }),
        ...(touched.installations.has(uuid) && { installations: byItem.get(id) ?? [] }),
      };
    }),
  };
}
