import { defineEntity, p } from '@mikro-orm/core';
import { DML_ITEM_KINDS } from '../../domain/library/media.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { externalRef, id, mutable, number, oneName } from '../columns.js';
import { DmlRepository } from './dml-repository.entity.js';

const DmlItemSchema = defineEntity({
  name: 'DmlItem',
  tableName: 'dml_item',
  properties: {
    id: id(),
    number: number('DML', 'dml_item'),
    repositoryId: () => p.manyToOne(DmlRepository).mapToPk().fieldName('repository_id').deleteRule('restrict'),
    name: p.text(),
    description: p.text().default(''),
    kind: p.enum(DML_ITEM_KINDS).default('SOFTWARE'),
    vendor: p.text().default(''),
    licence: p.text().default(''),
    configurationItemId: () =>
      p.manyToOne(ConfigurationItem).mapToPk().fieldName('configuration_item_id').nullable().deleteRule('restrict'),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [
    { properties: ['repositoryId', 'name'] },
    { properties: ['externalSource', 'externalKey'] },
    oneName('dml_item', ['repository_id', 'name']),
  ],
  indexes: [{ properties: ['configurationItemId'] }, { properties: ['name'] }],
});

/** A product in the DML; its versions carry the media. */
export class DmlItem extends DmlItemSchema.class {}

DmlItemSchema.setClass(DmlItem);
