import { dmlItemList, DmlItemType } from '../../schema/library/dml-item.type.js';
import { sql } from 'kysely';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

export const dmlItemRead = defineRead<DmlItemType>({
  list: dmlItemList,
  type: 'DmlItem',
  table: 'dml_item',
  of: DmlItemType,
  keys: ['repositoryId', 'configurationItemId'],
  computed: { externalRef: externalRefColumn },
});

export const itemsOfRepository = defineEdge({
  name: 'DmlRepository.items',
  model: dmlItemRead,
  on: sql`t.repository_id = p.id`,
});

export const dmlItemsOfConfigurationItem = defineEdge({
  name: 'ConfigurationItem.dmlItems',
  model: dmlItemRead,
  on: sql`t.configuration_item_id = p.id`,
});
