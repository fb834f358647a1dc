import { Migration } from '@mikro-orm/migrations';

/**
 * What was judged of targets becomes one row for each, so that PostgreSQL compares it. It was part of one JSON value for
 * each release and distribution, which was read and written as a whole.
 */
export class Migration20261128190500_judged_targets extends Migration {
  override up(): void {
    this.addSql(
      `create table "accepted_target" ("release_id" uuid not null, "ci_id" uuid not null, "name" text not null, "lifecycle_state" text null, "criticality" text null, "forced_by" text null, primary key ("release_id", "ci_id"));`,
    );
    this.addSql(
      `create table "approved_target" ("distribution_id" uuid not null, "ci_id" uuid not null, "name" text not null, "lifecycle_state" text null, "binding" text null, "criticality" text null, "forced_by" text null, primary key ("distribution_id", "ci_id"));`,
    );
    this.addSql(`
      insert into accepted_target (release_id, ci_id, name, lifecycle_state, criticality, forced_by)
      select r.id, (e ->> 'id')::uuid, coalesce(e ->> 'name', ''), e -> 'judged' ->> 'lifecycleState',
        e -> 'judged' ->> 'criticality', e ->> 'forcedBy'
      from release r cross join lateral jsonb_array_elements(
        case when jsonb_typeof(r.accepted_basis) = 'array' then r.accepted_basis else '[]' end) e
      where e ->> 'kind' = 'TARGET'
      on conflict do nothing;`);
    this.addSql(`
      insert into approved_target (distribution_id, ci_id, name, lifecycle_state, binding, criticality, forced_by)
      select d.id, (e ->> 'id')::uuid, coalesce(e ->> 'name', ''), e -> 'judged' ->> 'lifecycleState',
        e -> 'judged' ->> 'binding', e -> 'judged' ->> 'criticality', e ->> 'forcedBy'
      from distribution d cross join lateral jsonb_array_elements(
        case when jsonb_typeof(d.approved_basis) = 'array' then d.approved_basis else '[]' end) e
      where e ->> 'kind' = 'TARGET'
      on conflict do nothing;`);
    for (const [table, column] of [
      ['release', 'accepted_basis'],
      ['distribution', 'approved_basis'],
    ])
      this.addSql(`
        update ${table} set ${column} = (
          select coalesce(jsonb_agg(e order by n), '[]')
          from jsonb_array_elements(${column}) with ordinality x(e, n) where e ->> 'kind' <> 'TARGET')
        where jsonb_typeof(${column}) = 'array' and ${column} @> '[{"kind": "TARGET"}]';`);
  }

  override down(): void {
    for (const [table, column, judged, id, binding] of [
      ['release', 'accepted_basis', 'accepted_target', 'release_id', ''],
      ['distribution', 'approved_basis', 'approved_target', 'distribution_id', `, 'binding', a.binding`],
    ])
      this.addSql(`
        update ${table} x set ${column} = x.${column} || a.entries
        from (
          select a.${id} as id, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', 'TARGET', 'id', a.ci_id,
            'name', a.name, 'forcedBy', a.forced_by, 'judged', jsonb_build_object(
              'lifecycleState', a.lifecycle_state, 'criticality', a.criticality${binding})))) as entries
          from ${judged} a group by a.${id}) a
        where a.id = x.id and x.${column} is not null;`);
    this.addSql(`drop table if exists "accepted_target" cascade;`);
    this.addSql(`drop table if exists "approved_target" cascade;`);
  }
}
