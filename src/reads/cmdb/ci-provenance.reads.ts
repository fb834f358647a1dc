import { sql } from 'kysely';
import { AGREES, derivedId, RECORD_FIELDS, SAID_FIELDS } from '../../facts/cmdb/source-statement.facts.js';
import { fieldProvenanceList, FieldProvenanceType } from '../../schema/cmdb/ci-provenance.type.js';
import { defineEdge, defineRead } from '../model.js';

const DISAGREEING = `array(
  select o.source from ci_observation o cross join lateral ${SAID_FIELDS} s
  where o.ci_id = c.id and not o.gone and s.field = f.field and not (${AGREES}) order by o.source)`;

const PROVENANCES = `(
  select ${derivedId('c.id', 'f.field')} as id, c.id as ci_id, f.field, coalesce(f.said->>'o', 'UNKNOWN') as origin,
    f.said->>'s' as source, (f.said->>'p')::uuid as person_id, (f.said->>'at')::timestamptz as at,
    ${DISAGREEING} as disagreeing
  from configuration_item c left join ci_provenance p on p.ci_id = c.id
  cross join lateral (
    select k.field, coalesce(p.fields->k.field, p.fields->'*') as said from (
      select jsonb_object_keys(${RECORD_FIELDS}) as field
      union
      select 'attributes.' || jsonb_object_keys(c.attributes)
      union
      select x.field from jsonb_object_keys(p.fields - '*') x(field)
    ) k
  ) f)`;

/** How provenances of fields are read: they have no table of their own. */
export const fieldProvenanceRead = {
  ...defineRead<FieldProvenanceType>({
    list: fieldProvenanceList,
    type: 'ConfigurationItem',
    table: PROVENANCES,
    of: FieldProvenanceType,
    keys: ['personId'],
  }),
  shownAs: 'FieldProvenance',
};

/** Who said the fields of a configuration item. */
export const provenanceOfCi = defineEdge<FieldProvenanceType>({
  name: 'ConfigurationItem.provenance',
  model: fieldProvenanceRead,
  on: sql`t.ci_id = p.id`,
  defaultOrder: [{ field: 'FIELD', direction: 'ASC' }],
});
