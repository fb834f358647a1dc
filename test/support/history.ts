import type { EntityMetadata } from '@mikro-orm/core';
import { canonicalJson } from '../../src/adapters/fingerprint.js';
import { type NodeType, toNodeId } from '../../src/domain/node-id.js';
import { entities } from '../../src/entities/index.js';
import type { FieldChange } from '../../src/services/change-log.js';
import { elementOf, isElement, shapeOf, valuesOf } from '../../src/services/row-shape.js';
import type { App } from '../../src/app.js';

/** The fields of objects by node id; a field without a value is absent, a list is a set of texts. */
type Objects = Map<string, Record<string, unknown>>;

const set = (value: unknown): Set<string> =>
  new Set(Array.isArray(value) ? value.map((item) => canonicalJson(item)) : []);

/** Tells what the objects are now from nothing but the changes that events tell of, oldest first. */
export function replay(changes: Iterable<FieldChange>): Objects {
  const objects: Objects = new Map();
  for (const { object, field, before, after } of changes) {
    const fields = objects.get(object) ?? {};
    objects.set(object, fields);
    if (Array.isArray(before) || Array.isArray(after)) {
      const had = fields[field] instanceof Set ? (fields[field] as Set<string>) : new Set<string>();
      fields[field] = new Set([...had].filter((item) => !set(before).has(item)).concat([...set(after)]));
    } else fields[field] = after;
  }
  return objects;
}

/** What the objects are now, from the database. */
export async function present(app: App): Promise<Objects> {
  const em = app.services.database.em.fork();
  const objects: Objects = new Map();
  const of = (id: string) => {
    const fields = objects.get(id) ?? {};
    objects.set(id, fields);
    return fields;
  };
  for (const entity of entities) {
    const meta = em.getMetadata().get(entity as never) as EntityMetadata;
    const shape = shapeOf(meta);
    if (shape === undefined) continue;
    const populate = meta.props.filter(({ lazy }) => lazy).map(({ name }) => name);
    const rows = await em.find(entity as never, {}, { populate: populate as never });
    for (const row of rows as (Record<string, unknown> & { id: string })[]) {
      const { membership, type } = shape;
      if (!isElement(shape, row)) continue;
      if (membership === undefined) {
        const fields = of(toNodeId(type, row.id));
        // A basis is a column and, for the targets, the rows of another table.
        for (const [name, value] of Object.entries(valuesOf(shape, row)))
          if (!(fields[name] instanceof Set)) fields[name] = Array.isArray(value) ? set(value) : value;
          else if (Array.isArray(value)) fields[name] = new Set([...fields[name], ...set(value)]);
      } else {
        const fields = of(toNodeId(type, row[membership.by] as string));
        fields[membership.list] = new Set([
          ...set([elementOf(shape, row)]),
          ...((fields[membership.list] as Set<string>) ?? []),
        ]);
      }
    }
  }
  return objects;
}

const texts = (objects: Objects): Map<string, string> =>
  new Map(
    [...objects].flatMap(([id, fields]) => {
      const filled = Object.entries(fields)
        .map(([name, value]) => [name, value instanceof Set ? [...value].sort() : value] as const)
        .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0));
      return filled.map(([name, value]) => [`${id}.${name}`, canonicalJson(value)] as const);
    }),
  );

/** All changes that the log tells of, oldest first. */
export async function toldChanges(app: App): Promise<FieldChange[]> {
  const { rows } = await app.readDatabase.pool.query<{ changes: FieldChange[] | null }>(
    `select payload -> 'changes' as changes from domain_event order by sequence`,
  );
  return rows.flatMap(({ changes }) => changes ?? []);
}

/** Fields that the log tells otherwise than the database, as `<object>.<field>: <log> | <database>`. */
export async function contradictions(app: App): Promise<string[]> {
  const told = texts(replay(await toldChanges(app)));
  const stored = texts(await present(app));
  return [...new Set([...told.keys(), ...stored.keys()])]
    .filter((key) => told.get(key) !== stored.get(key))
    .map((key) => `${key}: ${told.get(key) ?? 'nothing'} | ${stored.get(key) ?? 'nothing'}`);
}

/** Name of the table of a type; undefined when it has none of its own. */
export const tableOf = (app: App, type: NodeType): string | undefined =>
  app.services.database.em.getMetadata().find(type as never)?.tableName;

/** Changes that begin elsewhere than where the log left the field, as `<event> <object>.<field>: <log> | <before>`. */
export async function repetitions(app: App): Promise<string[]> {
  const { rows } = await app.readDatabase.pool.query<{ type: string; changes: FieldChange[] | null }>(
    `select type, payload -> 'changes' as changes from domain_event order by sequence`,
  );
  const now = new Map<string, unknown>();
  return rows.flatMap(({ type, changes }) =>
    (changes ?? []).flatMap(({ object, field, before, after }) => {
      const key = `${object}.${field}`;
      const list = Array.isArray(before) || Array.isArray(after);
      const known = now.get(key) ?? (list ? new Set<string>() : null);
      if (!(known instanceof Set)) {
        now.set(key, after);
        return canonicalJson(known) === canonicalJson(before) ? [] : [`${type} ${key}: ${known} | ${before}`];
      }
      const [left, came] = [set(before), set(after)];
      now.set(key, new Set([...known].filter((element) => !left.has(element)).concat([...came])));
      const wrong = [...left].filter((element) => !known.has(element));
      const twice = [...came].filter((element) => known.has(element) && !left.has(element));
      return [...wrong, ...twice].map((element) => `${type} ${key}: ${element}`);
    }),
  );
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Events that show an id of the database, as `<type>: <payload>`. */
export async function rawIds(app: App): Promise<string[]> {
  const { rows } = await app.readDatabase.pool.query<{ type: string; payload: string }>(
    'select type, payload::text as payload from domain_event order by sequence',
  );
  return rows.filter(({ payload }) => UUID.test(payload)).map(({ type, payload }) => `${type}: ${payload}`);
}

// Tables whose rows the log retells, with the columns that count.
function toldTables(app: App): { readonly table: string; readonly hidden: string[] }[] {
  const em = app.services.database.em.fork();
  return entities.flatMap((entity) => {
    const meta = em.getMetadata().get(entity as never) as any;
    const shape = shapeOf(meta);
    if (shape === undefined) return [];
    const shown = new Set(shape.fields.map(({ property }) => property));
    const hidden = meta.props.filter(({ name }: any) => !shown.has(name)).flatMap(({ fieldNames }: any) => fieldNames);
    return [{ table: meta.tableName as string, hidden }];
  });
}

/** Makes the database itself note which transaction changed which rows, and which one wrote events. */
export async function auditRows(app: App): Promise<void> {
  const admin = app.services.database.em.getConnection();
  await admin.execute(`
    create table audited (txid bigint, what text, old jsonb, new jsonb);
    create function audit() returns trigger language plpgsql as $$
    declare
      was jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) - tg_argv[0]::text[] end;
      now jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) - tg_argv[0]::text[] end;
    begin
      if was is distinct from now then
        insert into audited values (txid_current(), tg_table_name, was, now);
      end if;
      return null;
    end $$;
    create trigger audited after insert on domain_event for each row execute function audit('{}');`);
  for (const { table, hidden } of toldTables(app))
    await admin.execute(
      `create trigger audited after insert or update or delete on ${table} for each row ` +
        `execute function audit('{${hidden.join(',')}}')`,
    );
}

/** Changes of rows in transactions that wrote no event with a change, as `<table>: <old> -> <new>`. */
export async function silentChanges(app: App): Promise<string[]> {
  const { rows } = await app.readDatabase.pool.query<{ change: string }>(`
    select what || ': ' || coalesce(old::text, '') || ' -> ' || coalesce(new::text, '') as change
    from audited a
    where what <> 'domain_event' and not exists (
      select from audited e where e.txid = a.txid and e.what = 'domain_event' and e.new -> 'payload' ? 'changes')`);
  return rows.map(({ change }) => change);
}
