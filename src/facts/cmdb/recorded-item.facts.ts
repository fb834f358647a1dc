import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { ItemInstallation, RecordedItem } from '../../domain/cmdb/ci-observation.js';
import type { CiRelationKind, LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import { toNodeId } from '../../domain/node-id.js';

interface RecordRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly lifecycle_state: LifecycleState;
  readonly environment: string | null;
  readonly location: string | null;
  readonly serial_number: string | null;
  readonly manufacturer: string | null;
  readonly retired: boolean;
  readonly attributes: Record<string, unknown>;
  readonly relations: readonly { readonly kind: CiRelationKind; readonly target: string }[];
  readonly installations: readonly {
    readonly item: string;
    readonly media: string;
    readonly label: string;
    readonly digest: string | null;
  }[];
}

const installation = (row: RecordRow['installations'][number]): ItemInstallation => ({
  dmlItem: toNodeId('DmlItem', row.item),
  dmlItemVersion: toNodeId('DmlItemVersion', row.media),
  version: row.label,
  digest: row.digest,
});

/** The record of an item beside its name, as far as sources can observe it. */
export interface NamedRecord extends RecordedItem {
  readonly name: string;
}

/** The records of any number of configuration items, as far as sources can observe them, in one statement. */
export async function recordedItems(db: Queryable, ids: readonly string[]): Promise<Map<string, NamedRecord>> {
  const rows = await db.query<RecordRow>(sql`
    select t.id, t.name, t.description, t.lifecycle_state, t.environment, t.location, t.serial_number,
      t.manufacturer, t.state = 'RETIRED' as retired, t.attributes,
      coalesce((
        select json_agg(json_build_object('kind', r.kind, 'target', r.target_id) order by r.id)
        from ci_relation r where r.source_id = t.id), '[]') as relations,
      coalesce((
        select json_agg(json_build_object('item', i.dml_item_id, 'media', i.dml_item_version_id, 'label', v.label,
          'digest', i.digest) order by i.id)
        from installation i join dml_item_version v on v.id = i.dml_item_version_id
        where i.ci_id = t.id and i.valid_to is null), '[]') as installations
    from configuration_item t where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        name: row.name,
        isRetired: row.retired,
        fields: {
          name: row.name,
          description: row.description,
          lifecycleState: row.lifecycle_state,
          environment: row.environment,
          location: row.location,
          serialNumber: row.serial_number,
          manufacturer: row.manufacturer,
        },
        attributes: row.attributes,
        relations: row.relations.map(({ kind, target }) => ({ kind, target: toNodeId('ConfigurationItem', target) })),
        installations: row.installations.map(installation),
      },
    ]),
  );
}
