// SQL about what sources say of items. It is text, because read models keep their tables as text.

/** The fields of a record as JSON, by their names in the API; `c` is the item. */
export const RECORD_FIELDS = `jsonb_strip_nulls(jsonb_build_object('name', c.name, 'description', c.description,
  'customClass', c.custom_class_id,
  'criticality', c.criticality, 'lifecycleState', c.lifecycle_state, 'ownerTeam', c.owner_team_id,
  'owner', c.owner_id, 'supportTeam', c.support_team_id, 'environment', c.environment, 'location', c.location,
  'serialNumber', c.serial_number, 'manufacturer', c.manufacturer, 'bindings', c.bindings))`;

/** What a source says, field by field; `o` is the observation. */
export const SAID_FIELDS = `(
  select f.key as field, f.value from jsonb_each(o.content->'fields') f
  union all
  select 'attributes.' || a.key, a.value from jsonb_each(o.content->'attributes') a
)`;

// Null and a missing attribute are alike.
const RECORDED = `case when s.field like 'attributes.%' then c.attributes->substr(s.field, 12)
  else ${RECORD_FIELDS}->s.field end`;

/** Whether a record says the same as a source; `s` has the field and the value that the source says. */
export const AGREES = `coalesce(${RECORDED}, 'null') = s.value`;

/** An id for a row that has no table of its own. */
export const derivedId = (...parts: readonly string[]) => `md5(concat_ws(' ', ${parts.join(', ')}))::uuid`;
