import { sql } from 'kysely';
import type { FilterSpec } from '../../database/filter.js';
import { CONFIGURATION_ITEM_FILTERS } from '../../facts/cmdb/configuration-item.filters.js';
import { configurationItemList, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { defineRead } from '../model.js';
import { attributeOrder } from './attribute-order.js';
import { externalRefColumn } from '../external-ref.js';

type Filtered = keyof typeof configurationItemList.filters;

/** How configuration items are read. */
export const configurationItemRead = defineRead<ConfigurationItemType>({
  list: configurationItemList,
  type: 'ConfigurationItem',
  table: 'configuration_item',
  of: ConfigurationItemType,
  keys: ['ownerTeamId', 'ownerId', 'supportTeamId', 'customClassId'],
  computed: { externalRef: externalRefColumn },
  order: {
    ENVIRONMENT: { column: sql`coalesce(t.environment, '')`, type: 'text' },
    LOCATION: { column: sql`coalesce(t.location, '')`, type: 'text' },
  },
  named: { ATTRIBUTE: attributeOrder('index') },
  // Each filter of the list: commands know those alone.
  filters: CONFIGURATION_ITEM_FILTERS satisfies Readonly<Record<Filtered, FilterSpec>>,
});
