import { defineEntity, p } from '@mikro-orm/core';
import { ConfigurationItem } from './configuration-item.entity.js';

const INDEX = 'ci_attribute_by_value';
const COLUMNS = '"name", "number", ("value" collate "und-x-icu"), "ci_id"';

const CiAttributeSchema = defineEntity({
  name: 'CiAttribute',
  tableName: 'ci_attribute',
  properties: {
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').primary().deleteRule('cascade'),
    name: p.text().primary(),
    /** A number, an instant in seconds, a boolean as 0 or 1; 0 for a text. Minus infinity for no value. */
    number: p.double(),
    /** A text; empty for everything else. */
    value: p.text(),
  },
  indexes: [
    {
      name: INDEX,
      expression: `create index "${INDEX}" on "ci_attribute" (${COLUMNS})`,
    },
  ],
});

/**
 * The value of an indexed attribute of an item. Triggers keep it: a row for each indexed attribute that the class of
 * the item declares, also without a value.
 */
export class CiAttribute extends CiAttributeSchema.class {}
CiAttributeSchema.setClass(CiAttribute);
