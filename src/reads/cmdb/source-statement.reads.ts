import { sql } from 'kysely';
import { AGREES, derivedId, SAID_FIELDS } from '../../facts/cmdb/source-statement.facts.js';
import { sourceStatementList, SourceStatementType } from '../../schema/cmdb/source-statement.type.js';
import { defineEdge, defineRead } from '../model.js';

// The order of sources for a field of a class; as `orderFor` of the domain.
const ORDER = `(
  select x.sources from source_precedence x
  where x.sources is not null and coalesce(x.ci_class, c.ci_class) = c.ci_class
    and coalesce(x.field, s.field) = s.field
  order by x.ci_class is null, x.field is null limit 1)`;

// The source that has precedence; as `overrulerOf` of the domain.
const OVERRULED_BY = `(
  select w.source from ci_observation w
  where w.ci_id = o.ci_id and w.id <> o.id and not w.gone and not w.overdue
    and array_position(n.sources, w.source) < coalesce(array_position(n.sources, o.source), 2147483647)
    and case when s.field like 'attributes.%' then w.content->'attributes' ? substr(s.field, 12)
      else w.content->'fields' ? s.field end
  order by array_position(n.sources, w.source) limit 1)`;

const STATEMENTS = `(
  select ${derivedId('o.id', 's.field')} as id, o.ci_id, s.field, o.source, nullif(s.value, 'null') as observed,
    o.observed_at, ${AGREES} as agrees, ${OVERRULED_BY} as overruled_by
  from ci_observation o join configuration_item c on c.id = o.ci_id
  cross join lateral ${SAID_FIELDS} s
  cross join lateral (select ${ORDER} as sources offset 0) n
  where not o.gone)`;

/** How statements of sources are read: from what is kept of their observations. */
export const sourceStatementRead = {
  ...defineRead<SourceStatementType>({
    list: sourceStatementList,
    type: 'ConfigurationItem',
    table: STATEMENTS,
    of: SourceStatementType,
  }),
  shownAs: 'SourceStatement',
};

/** What sources say of a configuration item, field by field. */
export const statementsOfCi = defineEdge<SourceStatementType>({
  name: 'ConfigurationItem.sourceStatements',
  model: sourceStatementRead,
  on: sql`t.ci_id = p.id`,
  defaultOrder: [{ field: 'FIELD', direction: 'ASC' }],
});
