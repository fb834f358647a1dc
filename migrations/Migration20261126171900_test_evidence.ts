import { Migration } from '@mikro-orm/migrations';

export class Migration20261126171900_test_evidence extends Migration {
  override name = 'Migration20261126171900_test_evidence';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "release_builder" ("id" uuid not null, "release_id" uuid not null, "person_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "release_builder" add constraint "release_builder_release_id_person_id_unique" unique ("release_id", "person_id");`,
    );

    this.addSql(
      `create table "tested_content" ("id" uuid not null, "task_id" uuid not null, "dml_item_version_id" uuid not null, "digest" text not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "tested_content_dml_item_version_id_index" on "tested_content" ("dml_item_version_id");`);
    this.addSql(
      `alter table "tested_content" add constraint "tested_content_task_id_dml_item_version_id_unique" unique ("task_id", "dml_item_version_id");`,
    );

    this.addSql(`alter table "task" add "completed_by_id" uuid null;`);
    this.addSql(
      `alter table "task" add constraint "task_completed_by_id_foreign" foreign key ("completed_by_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "release_builder" add constraint "release_builder_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_builder" add constraint "release_builder_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "tested_content" add constraint "tested_content_task_id_foreign" foreign key ("task_id") references "task" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "tested_content" add constraint "tested_content_dml_item_version_id_foreign" foreign key ("dml_item_version_id") references "dml_item_version" ("id") on delete restrict;`,
    );

    // Who completed a task is known from its event. What a test was made on is not, so old evidence does not count.
    this.addSql(`update task t set completed_by_id = e.actor_id
      from (
        select distinct on (e.aggregate_id) e.aggregate_id, e.actor_id from domain_event e
        join person p on p.id = e.actor_id
        where e.type = 'task.completed' order by e.aggregate_id, e.sequence desc
      ) e
      where e.aggregate_id = t.id and t.state = 'COMPLETED';`);
    this.addSql(`insert into release_builder (id, release_id, person_id, created_at)
      select gen_random_uuid(), b.release_id, b.person_id, now() from (
        select t.release_id, t.assignee_id as person_id from task t join phase f on f.id = t.phase_id
        where f.release_state = 'BUILDING' and t.kind in ('MANUAL', 'HARDWARE', 'DISTRIBUTION')
          and t.state in ('IN_PROGRESS', 'WAITING_FOR_INPUT', 'FAILED', 'COMPLETED') and t.assignee_id is not null
        union
        select t.release_id, e.actor_id from task t join phase f on f.id = t.phase_id
        join domain_event e on e.aggregate_id = t.id and e.type in ('task.started', 'task.completed')
        join person p on p.id = e.actor_id
        where f.release_state = 'BUILDING' and t.kind in ('MANUAL', 'HARDWARE', 'DISTRIBUTION')
      ) b;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "release_builder" cascade;`);
    this.addSql(`drop table if exists "tested_content" cascade;`);

    this.addSql(`alter table "task" drop constraint "task_completed_by_id_foreign";`);

    this.addSql(`alter table "task" drop column "completed_by_id";`);
  }
}
