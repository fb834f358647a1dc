import { releaseList, ReleaseType } from '../../schema/release/release.type.js';
import { instantText } from '../../database/expressions.js';
import { sql } from 'kysely';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

/** How releases are read. */
export const releaseRead = defineRead<ReleaseType>({
  list: releaseList,
  type: 'Release',
  table: 'release',
  of: ReleaseType,
  keys: ['ownerId', 'managerId', 'templateVersionId', 'acceptedById'],
  computed: {
    externalRef: externalRefColumn,
    onHold: sql`case when t.on_hold_at is not null then json_build_object(
      'reason', t.on_hold_reason, 'at', ${instantText(sql`t.on_hold_at`)}, 'byId', t.on_hold_by_id,
      'releaseId', t.id) end`,
    backOutResidual: sql`case when t.residual_at is not null then json_build_object(
      'reason', t.residual_reason, 'at', ${instantText(sql`t.residual_at`)}, 'targetCount', t.residual_targets,
      'byId', t.residual_by_id) end`,
    review: sql`
      case when t.review_summary is not null then json_build_object('objectivesMet', t.objectives_met, 'summary',
        t.review_summary, 'lessons', coalesce(t.lessons, '')) end`,
  },
  order: { PLANNED_START: { column: sql`coalesce(t.planned_start, 'infinity')`, type: 'timestamptz' } },
  filters: {
    onHold: { kind: 'flag', column: sql`(t.on_hold_at is not null)` },
    change: {
      kind: 'related',
      of: 'id',
      type: 'Change',
      column: sql`x.change_id`,
      exists: (condition) =>
        sql`exists (select 1 from release_change x where x.release_id = t.id and x.live and ${condition})`,
    },
    targetCi: {
      kind: 'related',
      of: 'id',
      type: 'ConfigurationItem',
      column: sql`x.ci_id`,
      exists: (condition) =>
        sql`exists (select 1 from release_ci x where x.release_id = t.id and x.role = 'TARGET' and ${condition})`,
    },
  },
});

/** The releases that a release depends on directly. */
export const predecessorsOfRelease = defineEdge({
  name: 'Release.predecessors',
  model: releaseRead,
  join: sql`join release_dependency d on d.predecessor_id = t.id`,
  on: sql`d.release_id = p.id`,
});

/** The releases that depend on a release directly. */
export const successorsOfRelease = defineEdge({
  name: 'Release.successors',
  model: releaseRead,
  join: sql`join release_dependency d on d.release_id = t.id`,
  on: sql`d.predecessor_id = p.id`,
});
