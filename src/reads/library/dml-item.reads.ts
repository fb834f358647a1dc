import { dmlItemList, DmlItemType } from '../../schema/library/dml-item.type.js';
import { sql } from 'kysely';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

/** How DML items are read. */
export const dmlItemRead = defineRead<DmlItemType>({
  list: dmlItemList,
  type: 'DmlItem',
  table: 'dml_item',
  of: DmlItemType,
  keys: ['repositoryId', 'configurationItemId'],
  computed: { externalRef: externalRefColumn },
});

/** Items of a repository. */
export const itemsOfRepository = defineEdge({
  name: 'DmlRepository.items',
  model: dmlItemRead,
  on: sql`t.repository_id = p.id`,
});

/** DML items that a configuration item stands for. */
export const dmlItemsOfConfigurationItem = defineEdge({
  name: 'ConfigurationItem.dmlItems',
  model: dmlItemRead,
  on: sql`t.configuration_item_id = p.id`,
});
