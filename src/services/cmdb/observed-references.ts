import { sql } from 'kysely';
import type { ItemInstallation, ItemRelation, ObservedContent } from '../../domain/cmdb/ci-observation.js';
import { RowFailure } from '../../domain/file-import.js';
import { toNodeId } from '../../domain/node-id.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { WellFormed } from './observation-input.js';

/** What the references of observations lead to. */
export interface ObservedReferences {
  /** Database ids of items by the keys of the source. */
  readonly items: ReadonlyMap<string, string>;
  /** Database ids of items that exist, of those that are named by id. */
  readonly known: ReadonlySet<string>;
  /** By the installation that names it, see {@link installationKey}. */
  readonly media: ReadonlyMap<string, MediaMatch>;
}

interface MediaMatch {
  readonly items: readonly string[];
  readonly versionId: string | null;
  readonly label: string | null;
}

const installationKey = (one: WellFormed['installations'][number]): string =>
  JSON.stringify([one.itemId, one.item, one.version, one.digest]);

async function itemsByKey(uow: UnitOfWork, source: string, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  // What the source has told of under the key before comes first.
  const rows = await uow.query<{ key: string; id: string }>(sql`
    select c.external_key as key, c.id from configuration_item c
    where c.external_source = ${source} and c.external_key = any(${keys}::text[])
    union all
    select o.key, o.ci_id from ci_observation o where o.source = ${source} and o.key = any(${keys}::text[])`);
  return new Map(rows.map(({ key, id }) => [key, id]));
}

async function itemsById(uow: UnitOfWork, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await uow.query<{ id: string }>(sql`
    select id from configuration_item where id = any(${ids}::uuid[])`);
  return new Set(rows.map(({ id }) => id));
}

// A digest says more than a label: a version with the same label and other bytes is not what is there.
async function mediaOf(uow: UnitOfWork, wanted: readonly WellFormed['installations'][number][]) {
  if (wanted.length === 0) return new Map<string, MediaMatch>();
  const once = [...new Map(wanted.map((one) => [installationKey(one), one])).entries()];
  const rows = await uow.query<{ row: number; item: string; version: string | null; label: string | null }>(sql`
    with asked as (
      select * from unnest(
        ${once.map(([, { itemId }]) => itemId)}::uuid[],
        ${once.map(([, { item }]) => item)}::text[],
        ${once.map(([, { version }]) => version)}::text[],
        ${once.map(([, { digest }]) => digest)}::text[]
      ) with ordinality a(id, name, version, digest, row)
    ), item as (
      select a.*, i.id as item from asked a join dml_item i on i.id = a.id
      union all
      select a.*, i.id from asked a join dml_item i on i.name = a.name where a.id is null
    )
    select i.row::int - 1 as row, i.item, v.id as version, v.label from item i
    left join lateral (
      select v.id, v.label from dml_item_version v
      where v.item_id = i.item and case when i.digest is null then v.label = i.version
        else v.media_id = (select m.id from media_blob m where m.digest = i.digest) end
      order by v.id limit 1
    ) v on true`);
  const found = Map.groupBy(rows, ({ row }) => row);
  return new Map(
    once.map(([key], row): [string, MediaMatch] => {
      const all = found.get(row) ?? [];
      const [first] = all;
      return [
        key,
        { items: all.map(({ item }) => item), versionId: first?.version ?? null, label: first?.label ?? null },
      ];
    }),
  );
}

/** Finds what observations refer to, in three statements. What they tell of in the same call can be referred to. */
export async function findReferences(
  uow: UnitOfWork,
  source: string,
  taken: readonly { readonly observation: WellFormed; readonly item: { readonly id: string } }[],
): Promise<ObservedReferences> {
  const observations = taken.map(({ observation }) => observation);
  const ends = observations.flatMap(({ relations }) => relations);
  const known = await itemsByKey(uow, source, [...new Set(ends.flatMap(({ key }) => key ?? []))]);
  const told = taken.flatMap(({ observation: { key }, item }) => (key === null ? [] : [[key, item.id] as const]));
  return {
    items: new Map([...known, ...told]),
    known: await itemsById(uow, [...new Set(ends.flatMap(({ id }) => id ?? []))]),
    media: await mediaOf(
      uow,
      observations.flatMap(({ installations }) => installations),
    ),
  };
}

function relationOf(
  { kind, key, id }: WellFormed['relations'][number],
  { items, known }: ObservedReferences,
): ItemRelation {
  const target = key === null ? id : items.get(key);
  if (target == null || (key === null && !known.has(target)))
    throw new RowFailure('NOT_FOUND', 'There is no ConfigurationItem that a relation leads to.', 'relations');
  return { kind, target: toNodeId('ConfigurationItem', target) };
}

function installationOf(one: WellFormed['installations'][number], { media }: ObservedReferences): ItemInstallation {
  const match = media.get(installationKey(one));
  const [item, another] = match?.items ?? [];
  if (item === undefined)
    throw new RowFailure('NOT_FOUND', 'There is no DmlItem that an installation names.', 'installations');
  if (another !== undefined)
    throw new RowFailure('AMBIGUOUS', 'Several DML items have this name. Give the "dmlItemId".', 'installations');
  return {
    dmlItem: toNodeId('DmlItem', item),
    dmlItemVersion: match?.versionId == null ? null : toNodeId('DmlItemVersion', match.versionId),
    version: one.version ?? match?.label ?? null,
    digest: one.digest,
  };
}

/**
 * What an observation says, with references that lead somewhere: in a fixed order, so that the same content always
 * looks the same.
 * @throws RowFailure NOT_FOUND, AMBIGUOUS, DUPLICATE_ROW
 */
export function contentOf(observation: WellFormed, ciId: string, references: ObservedReferences): ObservedContent {
  const own = toNodeId('ConfigurationItem', ciId);
  const relations = observation.relations.map((one) => relationOf(one, references));
  if (relations.some(({ target }) => target === own))
    throw new RowFailure('BAD_USER_INPUT', 'A configuration item cannot be related to itself.', 'relations');
  const installations = observation.installations.map((one) => installationOf(one, references));
  if (new Set(installations.map(({ dmlItem }) => dmlItem)).size < installations.length)
    throw new RowFailure('DUPLICATE_ROW', 'Two installations are of the same DML item.', 'installations');
  const text = ({ kind, target }: ItemRelation) => `${kind} ${target}`;
  const once = [...new Map(relations.map((one) => [text(one), one])).entries()];
  return {
    fields: observation.fields,
    attributes: observation.attributes,
    relations: once.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
    relationKinds: observation.relationKinds,
    installations: installations.sort((a, b) => (a.dmlItem < b.dmlItem ? -1 : 1)),
    allInstallations: observation.allInstallations,
  };
}
