import { defineEntity, p } from '@mikro-orm/core';
import { id, mutable, number, oneName } from '../columns.js';

const ReleaseTemplateSchema = defineEntity({
  name: 'ReleaseTemplate',
  tableName: 'release_template',
  properties: {
    id: id(),
    number: number('TPL', 'release_template'),
    name: p.text().unique(),
    description: p.text().default(''),
    ...mutable(),
  },
  uniques: [oneName('release_template', ['name'])],
});

/** A named, versioned plan that releases are created from. */
export class ReleaseTemplate extends ReleaseTemplateSchema.class {}
ReleaseTemplateSchema.setClass(ReleaseTemplate);
