import { defineEntity, p } from '@mikro-orm/core';
import { CI_CLASSES } from '../../domain/cmdb/configuration-item.machine.js';
import { id, mutable } from '../columns.js';

const SourcePrecedenceSchema = defineEntity({
  name: 'SourcePrecedence',
  tableName: 'source_precedence',
  properties: {
    id: id(),
    ciClass: p.enum(CI_CLASSES).nullable(),
    field: p.text().nullable(),
    /** Null where there is none: the next wider one counts. */
    sources: p.array().nullable(),
    ...mutable(),
  },
  uniques: [
    {
      name: 'source_precedence_scope',
      expression:
        'create unique index "source_precedence_scope" on "source_precedence" ' +
        `(coalesce("ci_class", ''), coalesce("field", ''))`,
    },
  ],
});

/** Which source counts more than which, for a class of items and a field. */
export class SourcePrecedence extends SourcePrecedenceSchema.class {}
SourcePrecedenceSchema.setClass(SourcePrecedence);
