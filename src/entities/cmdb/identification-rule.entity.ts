import { defineEntity, p } from '@mikro-orm/core';
import { CI_CLASSES } from '../../domain/cmdb/configuration-item.machine.js';
import type { Identifier } from '../../domain/cmdb/identification.js';
import { id, mutable } from '../columns.js';

const IdentificationRuleSchema = defineEntity({
  name: 'IdentificationRule',
  tableName: 'identification_rule',
  properties: {
    id: id(),
    ciClass: p.enum(CI_CLASSES).unique(),
    /** Null for the rule that all classes have by default. */
    identifiers: p.json<Identifier[]>().nullable(),
    ...mutable(),
  },
});

/** By what observed things of a class are identified. */
export class IdentificationRule extends IdentificationRuleSchema.class {}
IdentificationRuleSchema.setClass(IdentificationRule);
