import { sql } from 'kysely';
import {
  type CiClass,
  configurationItemMachine,
  type ConfigurationItemState,
  type Criticality,
  type LifecycleState,
} from '../../domain/cmdb/configuration-item.machine.js';
import type { Said } from '../../domain/cmdb/provenance.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { keepSaid, saidOfEdit, saidOfNew, type ItemSaid } from './provenance.js';

/** A row of the table, as sets of items are read and written: without the entity manager. */
export interface ItemRecord {
  readonly id: string;
  readonly number: string;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly ciClass: CiClass;
  readonly criticality: Criticality;
  readonly state: ConfigurationItemState;
  readonly lifecycleState: LifecycleState;
  readonly ownerTeamId: string | null;
  readonly ownerId: string | null;
  readonly supportTeamId: string | null;
  readonly environment: string | null;
  readonly location: string | null;
  readonly serialNumber: string | null;
  readonly manufacturer: string | null;
  readonly customClassId: string | null;
  readonly attributes: Record<string, unknown>;
  readonly bindings: Record<string, unknown>;
  readonly externalSource: string | null;
  readonly externalKey: string | null;
}

/** What a new item has before its insert; its number comes from the database. */
export type NewItem = Omit<ItemRecord, 'number' | 'version'>;

/** What an item has that comes with its name and class alone. */
export const BARE_ITEM = {
  description: '',
  criticality: 'MEDIUM',
  state: configurationItemMachine.initial,
  lifecycleState: 'NOT_READY',
  ownerTeamId: null,
  ownerId: null,
  supportTeamId: null,
  environment: null,
  location: null,
  serialNumber: null,
  manufacturer: null,
  customClassId: null,
  attributes: {},
  bindings: {},
} as const satisfies Partial<NewItem>;

const COLUMNS = sql`c.id, c.number, c.version, c.name, c.description, c.ci_class as "ciClass", c.criticality, c.state,
  c.lifecycle_state as "lifecycleState", c.owner_team_id as "ownerTeamId", c.owner_id as "ownerId",
  c.support_team_id as "supportTeamId", c.environment, c.location, c.serial_number as "serialNumber", c.manufacturer,
  c.custom_class_id as "customClassId", c.attributes, c.bindings,
  c.external_source as "externalSource", c.external_key as "externalKey"`;

/** What items are looked for by. */
export interface ItemSearch {
  readonly refs: readonly { readonly externalSource: string | null; readonly externalKey: string | null }[];
  readonly ids: readonly string[];
}

/**
 * Finds items by their references and ids, in one statement.
 * @param locked whether to lock them until the unit of work ends, in the order of their ids.
 */
export async function findItems(uow: UnitOfWork, { refs, ids }: ItemSearch, locked: boolean): Promise<ItemRecord[]> {
  if (refs.length + ids.length === 0) return [];
  return await uow.query<ItemRecord>(sql`
    select ${COLUMNS} from configuration_item c
    where c.id in (
      select f.id from unnest(
        ${refs.map((ref) => ref.externalSource)}::text[],
        ${refs.map((ref) => ref.externalKey)}::text[]
      ) r(source, key)
      join configuration_item f on f.external_source = r.source and f.external_key = r.key
      union all
      select unnest(${ids}::uuid[])
    )
    order by c.id ${locked ? sql`for update of c` : sql``}`);
}

const RECORD = sql`as r(id uuid, name text, description text, "ciClass" text, criticality text, state text,
  "lifecycleState" text, "ownerTeamId" uuid, "ownerId" uuid, "supportTeamId" uuid, environment text,
  location text, "serialNumber" text, manufacturer text, "customClassId" uuid, attributes jsonb,
  bindings jsonb, "externalSource" text, "externalKey" text)`;

/**
 * Inserts items by one statement.
 * @param said who says their values, for each item.
 * @returns their records, in the order given
 */
export async function insertItems(
  uow: UnitOfWork,
  items: readonly NewItem[],
  said: (item: NewItem) => Said,
): Promise<ItemRecord[]> {
  if (items.length === 0) return [];
  const sayings = items.map((item) => saidOfNew(item.id, said(item)));
  const rows = await uow.query<{ id: string; number: string; version: number }>(sql`
    with said as (${keepSaid(sayings)})
    insert into configuration_item as c (id, name, description, ci_class, criticality, state, lifecycle_state,
      owner_team_id, owner_id, support_team_id, environment, location, serial_number, manufacturer, custom_class_id,
      attributes, bindings, external_source, external_key, version, created_at, updated_at)
    select r.id, r.name, r.description, r."ciClass", r.criticality, r.state, r."lifecycleState", r."ownerTeamId",
      r."ownerId", r."supportTeamId", r.environment, r.location, r."serialNumber", r.manufacturer,
      r."customClassId", r.attributes, r.bindings, r."externalSource", r."externalKey", 1, ${uow.now}, ${uow.now}
    from json_to_recordset(${JSON.stringify(items)}::json) ${RECORD}
    returning c.id, c.number, c.version`);
  const made = new Map(rows.map((row) => [row.id, row]));
  return items.map((item) => ({ ...item, ...(made.get(item.id) as (typeof rows)[number]) }));
}

/** An edit of an item. */
export interface ItemEdit {
  readonly before: ItemRecord;
  readonly after: ItemRecord;
}

/**
 * Writes the fields of items by one statement.
 * @param said who says what differs, for each item.
 * @returns their records, with the versions that they have now
 */
export async function updateItems(
  uow: UnitOfWork,
  edits: readonly ItemEdit[],
  said: (item: ItemRecord) => Said,
): Promise<ItemRecord[]> {
  if (edits.length === 0) return [];
  const items = edits.map(({ after }) => after);
  const sayings = edits.map(({ before, after }): ItemSaid => saidOfEdit(after.id, [before, after], said(after)));
  const rows = await uow.query<{ id: string; version: number }>(sql`
    with said as (${keepSaid(sayings)})
    update configuration_item c set name = r.name, description = r.description, criticality = r.criticality,
      lifecycle_state = r."lifecycleState", owner_team_id = r."ownerTeamId", owner_id = r."ownerId",
      support_team_id = r."supportTeamId", environment = r.environment, location = r.location,
      serial_number = r."serialNumber", manufacturer = r.manufacturer, custom_class_id = r."customClassId",
      attributes = r.attributes, bindings = r.bindings, version = c.version + 1, updated_at = ${uow.now}
    from json_to_recordset(${JSON.stringify(items)}::json) ${RECORD}
    where c.id = r.id
    returning c.id, c.version`);
  const versions = new Map(rows.map((row) => [row.id, row.version]));
  return items.map((item) => ({ ...item, version: versions.get(item.id) ?? item.version }));
}

/** The columns of an item that events tell of. */
const told = ({ id: _id, version: _version, ...fields }: ItemRecord): Record<string, unknown> => fields;

/** Records the event of an item that was written past the entity manager. @param before null for a new item */
export function recordItem(
  uow: UnitOfWork,
  type: string,
  { before, after }: { readonly before: ItemRecord | null; readonly after: ItemRecord },
  data: Record<string, unknown>,
): void {
  uow.wrote(ConfigurationItem, [{ id: after.id, before: before && told(before), after: told(after) }]);
  uow.record({ type, subjectType: 'ConfigurationItem', subject: after, data });
}
