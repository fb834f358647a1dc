import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { TemplateVersionFacts } from '../../domain/release/template-version.machine.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import { authorIdsOf } from '../contribution.facts.js';
import { validatePlan } from '../../domain/release/template-check.js';

interface FactsRow {
  readonly id: string;
  readonly author_ids: string[];
  readonly plan: TemplatePlan;
}

/** What the rules need to know about versions of templates, for any number of versions in one statement. */
export async function templateVersionFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, TemplateVersionFacts>> {
  const rows = await db.query<FactsRow>(sql`
    select v.id, ${authorIdsOf(sql`v.id`)} as author_ids, v.plan
    from release_template_version v
    where v.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        authorIds: row.author_ids,
        planProblems: validatePlan(row.plan),
      },
    ]),
  );
}
