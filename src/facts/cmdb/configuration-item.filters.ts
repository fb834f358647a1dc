import { sql } from 'kysely';
import type { FilterSpec } from '../../database/filter.js';
import { attributesFilter } from './attribute.filters.js';
import { foldedName } from '../../domain/name.js';

/**
 * How a filter of configuration items becomes a condition on `configuration_item t`. Lists use it, and commands that
 * act on the items that a filter finds.
 */
export const CONFIGURATION_ITEM_FILTERS = {
  id: { kind: 'id', type: 'ConfigurationItem', column: sql`t.id` },
  number: { kind: 'text', column: sql`t.number` },
  name: { kind: 'text', column: sql`t.name` },
  ciClass: { kind: 'enum', column: sql`t.ci_class` },
  criticality: { kind: 'enum', column: sql`t.criticality` },
  state: { kind: 'enum', column: sql`t.state` },
  lifecycleState: { kind: 'enum', column: sql`t.lifecycle_state` },
  ownerTeam: { kind: 'id', type: 'Team', column: sql`t.owner_team_id` },
  owner: { kind: 'id', type: 'Person', column: sql`t.owner_id` },
  supportTeam: { kind: 'id', type: 'Team', column: sql`t.support_team_id` },
  environment: { kind: 'text', column: sql`t.environment`, stored: foldedName },
  location: { kind: 'text', column: sql`t.location` },
  serialNumber: { kind: 'text', column: sql`t.serial_number` },
  manufacturer: { kind: 'text', column: sql`t.manufacturer` },
  customClass: { kind: 'id', type: 'CustomClass', column: sql`t.custom_class_id` },
  memberOf: {
    kind: 'related',
    of: 'id',
    type: 'ConfigurationItem',
    column: sql`m.target_id`,
    exists: (condition) =>
      sql`exists (select 1 from ci_relation m where m.source_id = t.id and m.kind = 'MEMBER_OF' and ${condition})`,
  },
  fitsClass: {
    kind: 'flag',
    column: sql`(not exists (select 1 from class_misfit f where f.ci_id = t.id and f.stands))`,
  },
  attributes: attributesFilter('index'),
  externalSource: { kind: 'text', column: sql`t.external_source` },
  externalKey: { kind: 'text', column: sql`t.external_key` },
} as const satisfies Readonly<Record<string, FilterSpec>>;
