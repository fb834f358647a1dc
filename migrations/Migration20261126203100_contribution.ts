import { Migration } from '@mikro-orm/migrations';

/** Events that make the person behind them an author of their object. */
const AUTHORED = [
  "'change.created', 'change.updated', 'change.ci-added', 'change.ci-removed'",
  "'distribution.planned', 'distribution.updated', 'distribution.replanned'",
  "'dml-item-version.registered', 'dml-item-version.updated', 'dml-item-version.uploaded'",
  "'release-template.created', 'release-template.revised', 'release-template.drafted'",
].join(', ');

export class Migration20261126203100_contribution extends Migration {
  override name = 'Migration20261126203100_contribution';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "contribution" ("id" uuid not null, "subject_type" text not null, "subject_id" uuid not null, "person_id" uuid not null, "part" text not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "contribution" add constraint "contribution_subject_id_person_id_part_unique" unique ("subject_id", "person_id", "part");`,
    );
    this.addSql(
      `alter table "contribution" add constraint "contribution_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "contribution" add constraint "contribution_subject_type_check" check ("subject_type" in ('Change', 'Distribution', 'DmlItemVersion', 'Release', 'ReleaseTemplateVersion'));`,
    );
    this.addSql(
      `alter table "contribution" add constraint "contribution_part_check" check ("part" in ('AUTHOR', 'BUILDER'));`,
    );

    // The rows know the last person of each part, and the log those before. Who edited what is on record stays an
    // author of it.
    this.addSql(`insert into contribution (id, subject_type, subject_id, person_id, part, created_at)
      select gen_random_uuid(), k.type, k.subject, k.person, k.part, min(k.at)
      from (
        select 'Release' as type, release_id as subject, person_id as person, 'AUTHOR' as part, created_at as at
          from release_planner
        union all select 'Release', release_id, person_id, 'BUILDER', created_at from release_builder
        union all select 'Change', id, requested_by_id, 'AUTHOR', created_at from change
        union all select 'Distribution', id, planned_by_id, 'AUTHOR', created_at from distribution
        union all select 'DmlItemVersion', id, author_id, 'AUTHOR', created_at from dml_item_version
        union all select 'DmlItemVersion', id, uploaded_by_id, 'AUTHOR', created_at from dml_item_version
        union all select 'ReleaseTemplateVersion', id, author_id, 'AUTHOR', created_at from release_template_version
        union all
        select case
            when exists (select 1 from change x where x.id = e.aggregate_id) then 'Change'
            when exists (select 1 from distribution x where x.id = e.aggregate_id) then 'Distribution'
            when exists (select 1 from dml_item_version x where x.id = e.aggregate_id) then 'DmlItemVersion'
            when exists (select 1 from release_template_version x where x.id = e.aggregate_id)
              then 'ReleaseTemplateVersion'
          end, e.aggregate_id, e.actor_id, 'AUTHOR', e.at
        from domain_event e where e.type in (${AUTHORED})
      ) k
      join person p on p.id = k.person
      where k.type is not null
      group by k.type, k.subject, k.person, k.part;`);

    this.addSql(`drop table "release_builder";`);
    this.addSql(`drop table "release_planner";`);
  }

  override down(): void | Promise<void> {
    for (const [table, part] of [
      ['release_builder', 'BUILDER'],
      ['release_planner', 'AUTHOR'],
    ]) {
      this.addSql(
        `create table "${table}" ("id" uuid not null, "release_id" uuid not null, "person_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
      );
      this.addSql(
        `alter table "${table}" add constraint "${table}_release_id_person_id_unique" unique ("release_id", "person_id");`,
      );
      this.addSql(
        `alter table "${table}" add constraint "${table}_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
      );
      this.addSql(
        `alter table "${table}" add constraint "${table}_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
      );
      this.addSql(`insert into "${table}" (id, release_id, person_id, created_at)
        select id, subject_id, person_id, created_at from contribution
        where subject_type = 'Release' and part = '${part}';`);
    }
    this.addSql(`drop table "contribution";`);
  }
}
