import { instantText } from '../../database/expressions.js';
import { sql } from 'kysely';
import type { ReleaseType } from '../../schema/release/release.type.js';
import { externalRefColumn } from '../external-ref.js';
import { column, defineRead } from '../model.js';

/** How releases are read. */
export const releaseRead = defineRead<ReleaseType>({
  type: 'Release',
  table: 'release',
  fields: [
    'number',
    'name',
    'description',
    'kind',
    'packaging',
    'state',
    'skippedStates',
    'backOutPlan',
    'planStart',
    'plannedStart',
    'plannedEnd',
    'acceptedAt',
    'stateReason',
    'version',
    'createdAt',
    'updatedAt',
    'ownerId',
    'managerId',
    'templateVersionId',
    'acceptedById',
  ],
  computed: {
    externalRef: externalRefColumn,
    onHold: sql`case when t.on_hold_at is not null then json_build_object('reason', t.on_hold_reason, 'at', ${instantText(sql`t.on_hold_at`)}, 'byId', t.on_hold_by_id) end`,
    review: sql`case when t.review_summary is not null then json_build_object('objectivesMet', t.objectives_met, 'summary', t.review_summary, 'lessons', coalesce(t.lessons, '')) end`,
  },
  order: {
    NAME: { column: column('name'), type: 'text' },
    NUMBER: { column: column('number'), type: 'text' },
    PLANNED_START: { column: sql`coalesce(t.planned_start, 'infinity')`, type: 'timestamptz' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    name: { kind: 'text', column: column('name') },
    kind: { kind: 'enum', column: column('kind') },
    packaging: { kind: 'enum', column: column('packaging') },
    state: { kind: 'enum', column: column('state') },
    onHold: { kind: 'flag', column: sql`(t.on_hold_at is not null)` },
    owner: { kind: 'id', type: 'Person', column: column('ownerId') },
    manager: { kind: 'id', type: 'Person', column: column('managerId') },
    templateVersion: { kind: 'id', type: 'ReleaseTemplateVersion', column: column('templateVersionId') },
    plannedStart: { kind: 'instant', column: column('plannedStart') },
    plannedEnd: { kind: 'instant', column: column('plannedEnd') },
    change: {
      kind: 'related',
      type: 'Change',
      column: sql`x.change_id`,
      exists: (condition) =>
        sql`exists (select 1 from release_change x where x.release_id = t.id and x.live and ${condition})`,
    },
    targetCi: {
      kind: 'related',
      type: 'ConfigurationItem',
      column: sql`x.ci_id`,
      exists: (condition) =>
        sql`exists (select 1 from release_ci x where x.release_id = t.id and x.role = 'TARGET' and ${condition})`,
    },
    externalSource: { kind: 'text', column: column('externalSource') },
    externalKey: { kind: 'text', column: column('externalKey') },
  },
});
