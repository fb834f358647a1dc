import { configurationItemList, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { defineRead } from '../model.js';
import { externalRefColumn } from '../external-ref.js';

/** How configuration items are read. */
export const configurationItemRead = defineRead<ConfigurationItemType>({
  list: configurationItemList,
  type: 'ConfigurationItem',
  table: 'configuration_item',
  of: ConfigurationItemType,
  keys: ['ownerTeamId'],
  computed: { externalRef: externalRefColumn },
});
