import { sql } from 'kysely';
import { DEFAULT_IDENTIFIERS } from '../../domain/cmdb/identification.js';
import { identificationRuleList, IdentificationRuleType } from '../../schema/cmdb/identification-rule.type.js';
import { defineRead } from '../model.js';

const isDefault = sql`t.identifiers is null`;

/** How identification rules are read. */
export const identificationRuleRead = defineRead<IdentificationRuleType>({
  list: identificationRuleList,
  type: 'IdentificationRule',
  table: 'identification_rule',
  of: IdentificationRuleType,
  computed: {
    identifiers: sql`coalesce(t.identifiers, ${sql.lit(JSON.stringify(DEFAULT_IDENTIFIERS))}::jsonb)`,
    isDefault,
  },
  filters: { isDefault: { kind: 'flag', column: isDefault } },
});
