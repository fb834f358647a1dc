import { sql } from 'kysely';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { Packaging, ReleaseKind, SkipRule, TemplateRequirements } from '../../domain/release/template.js';
import type { BatchRead } from '../reads.js';
import { applicableSkips, type SkipTarget } from '../../domain/release/template-skips.js';

/** A step that a skip rule would leave out and targets force a release to keep. */
export interface ForcedStep {
  readonly state: ReleaseState;
  readonly count: number;
  /** Ids of the first {@link MAX_FORCING} targets that force it. */
  readonly ciIds: readonly string[];
}

/** How the plan of a release follows from its template and its targets. */
export interface ReleasePlanRow {
  readonly requires: TemplateRequirements;
  readonly skippedStates: readonly ReleaseState[];
  readonly forcedBy: readonly ForcedStep[];
}

/** Most targets that are named for one forced step. */
export const MAX_FORCING = 50;

interface Row {
  readonly id: string;
  readonly kind: ReleaseKind;
  readonly packaging: Packaging;
  readonly skipped_states: ReleaseState[];
  readonly requires: TemplateRequirements | null;
  readonly skip_rules: SkipRule[] | null;
  readonly targets: SkipTarget[];
}

/** What the templates of releases ask of them and why, in one statement for any number of them. */
export const releasePlans: BatchRead<ReleasePlanRow> = async (ids, db) => {
  const rows = await db.query<Row>(sql`
    select r.id, r.kind, r.packaging, r.skipped_states, v.plan -> 'requires' as requires, v.plan -> 'skipRules'
      as skip_rules,
      coalesce((select json_agg(json_build_object('ciId', c.id, 'ciClass', c.ci_class, 'criticality', c.criticality)
        order by c.name, c.id)
        from configuration_item c where v.id is not null and c.id in (select x.ci_id from release_ci x
          where x.release_id = r.id and x.role = 'TARGET')), '[]') as targets
    from release r left join release_template_version v on v.id = r.template_version_id
    where r.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => {
      const { forcedBy } = applicableSkips({ skipRules: row.skip_rules ?? [] }, row, row.targets);
      const states = [...new Set(forcedBy.map(({ state }) => state))];
      return [
        row.id,
        {
          requires: row.requires ?? { backOutPlan: true, testEvidence: false },
          skippedStates: row.skipped_states,
          forcedBy: states.map((state) => {
            const ciIds = forcedBy.filter((forced) => forced.state === state).map(({ ciId }) => ciId);
            return { state, count: ciIds.length, ciIds: ciIds.slice(0, MAX_FORCING) };
          }),
        },
      ];
    }),
  );
};
