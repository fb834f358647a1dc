import { Migration } from '@mikro-orm/migrations';

/** The writes that change what of an item can be observed. */
const NOTED = [
  ['configuration_item', 'update', 'new'],
  ['ci_relation', 'insert', 'new'],
  ['ci_relation', 'update', 'new'],
  ['ci_relation', 'delete', 'old'],
  ['installation', 'insert', 'new'],
  ['installation', 'update', 'new'],
] as const;

/** What sources observe of configuration items beside their records, and where both differ. */
export class Migration20261128132700_observations extends Migration {
  override up(): void {
    this.addSql(`create table "drift_stale" ("id" bigserial primary key, "ci_id" uuid not null);`);
    this.addSql(`create index "drift_stale_ci_id_index" on "drift_stale" ("ci_id");`);

    this.addSql(
      `create table "ci_observation" ("id" uuid not null, "ci_id" uuid not null, "source" text not null, "key" text null, "content" jsonb not null, "digest" text not null, "gone" boolean not null default false, "overdue" boolean not null default false, "since" timestamptz not null, "observed_at" timestamptz not null, "due_at" timestamptz null, "observed_by_id" uuid null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "ci_observation_source_key_index" on "ci_observation" ("source", "key");`);
    this.addSql(`create index "ci_observation_source_id_index" on "ci_observation" ("source", "id");`);
    this.addSql(`create index "ci_observation_observed_by_id_index" on "ci_observation" ("observed_by_id");`);
    this.addSql(
      `create index "ci_observation_awaited" on "ci_observation" ("due_at") where due_at is not null and not overdue and not gone;`,
    );
    this.addSql(
      `alter table "ci_observation" add constraint "ci_observation_ci_id_source_unique" unique ("ci_id", "source");`,
    );

    this.addSql(
      `create table "drift" ("id" uuid not null, "ci_id" uuid not null, "observation_id" uuid not null, "source" text not null, "aspect" text not null, "key" text not null, "name" text not null, "kind" text not null, "recorded" jsonb null, "observed" jsonb null, "target_id" uuid null, "dml_item_id" uuid null, "since" timestamptz not null, "observed_at" timestamptz not null, "state" text not null default 'OPEN', "change_id" uuid null, "reason" text null, "decided_by_id" uuid null, "closed_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "drift_ci_id_id_index" on "drift" ("ci_id", "id");`);
    this.addSql(`create index "drift_state_id_index" on "drift" ("state", "id");`);
    this.addSql(`create index "drift_source_id_index" on "drift" ("source", "id");`);
    this.addSql(`create index "drift_since_id_index" on "drift" ("since", "id");`);
    this.addSql(`create index "drift_observation_id_index" on "drift" ("observation_id");`);
    this.addSql(`create index "drift_target_id_index" on "drift" ("target_id");`);
    this.addSql(`create index "drift_dml_item_id_index" on "drift" ("dml_item_id");`);
    this.addSql(`create index "drift_change_id_index" on "drift" ("change_id");`);
    this.addSql(`create index "drift_decided_by_id_index" on "drift" ("decided_by_id");`);
    this.addSql(
      `create unique index "drift_one_at_a_time" on "drift" ("observation_id", "aspect", "key") where closed_at is null;`,
    );

    this.addSql(`alter table "person" drop constraint "person_roles_check";`);
    this.addSql(
      `alter table "person" add constraint "person_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'DISCOVERY'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(`alter table "access_token" drop constraint "access_token_roles_check";`);
    this.addSql(
      `alter table "access_token" add constraint "access_token_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'DISCOVERY'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(`alter table "access_grant" drop constraint "access_grant_roles_check";`);
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'DISCOVERY'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(`alter table "task" drop constraint "task_assignee_role_check";`);
    this.addSql(
      `alter table "task" add constraint "task_assignee_role_check" check ("assignee_role" in ('RELEASE_MANAGER', 'RELEASE_OWNER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY', 'TEST_MANAGER', 'DML_LIBRARIAN', 'CONFIGURATION_MANAGER', 'DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE', 'AUDITOR', 'ADAPTER', 'DISCOVERY', 'ADMINISTRATOR', 'REQUESTER'));`,
    );

    this.addSql(`create index "dml_item_name_index" on "dml_item" ("name");`);

    this.addSql(
      `alter table "ci_observation" add constraint "ci_observation_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "ci_observation" add constraint "ci_observation_observed_by_id_foreign" foreign key ("observed_by_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "drift" add constraint "drift_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_observation_id_foreign" foreign key ("observation_id") references "ci_observation" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_target_id_foreign" foreign key ("target_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_dml_item_id_foreign" foreign key ("dml_item_id") references "dml_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_change_id_foreign" foreign key ("change_id") references "change" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_decided_by_id_foreign" foreign key ("decided_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_aspect_check" check ("aspect" in ('ITEM', 'FIELD', 'ATTRIBUTE', 'RELATION', 'INSTALLATION'));`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_kind_check" check ("kind" in ('DIFFERENT', 'UNEXPECTED', 'MISSING'));`,
    );
    this.addSql(
      `alter table "drift" add constraint "drift_state_check" check ("state" in ('OPEN', 'REJECTED', 'ACCEPTED', 'RESOLVED'));`,
    );
    // A record that changes is compared again; a sweep works on the notes. A note waits for nobody.
    this.addSql(`
      create function drift_note() returns trigger language plpgsql as $$
      begin
        if tg_table_name = 'configuration_item' then
          insert into drift_stale (ci_id)
          select x.id from changed x where exists (select from ci_observation o where o.ci_id = x.id);
        elsif tg_table_name = 'ci_relation' then
          insert into drift_stale (ci_id)
          select distinct x.source_id from changed x
          where exists (select from ci_observation o where o.ci_id = x.source_id);
        else
          insert into drift_stale (ci_id)
          select distinct x.ci_id from changed x where exists (select from ci_observation o where o.ci_id = x.ci_id);
        end if;
        return null;
      end $$;`);
    for (const [table, event, rows] of NOTED)
      this.addSql(
        `create trigger "drift_note_${event}" after ${event} on "${table}" referencing ${rows} table as changed for each statement execute function drift_note();`,
      );
  }

  override down(): void {
    for (const [table, event] of NOTED) this.addSql(`drop trigger "drift_note_${event}" on "${table}";`);
    this.addSql(`drop function drift_note();`);
    this.addSql(`alter table "drift" drop constraint "drift_observation_id_foreign";`);

    this.addSql(`drop table if exists "drift_stale" cascade;`);
    this.addSql(`drop table if exists "ci_observation" cascade;`);
    this.addSql(`drop table if exists "drift" cascade;`);

    this.addSql(`alter table "access_grant" drop constraint "access_grant_roles_check";`);
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(`alter table "access_token" drop constraint "access_token_roles_check";`);
    this.addSql(
      `alter table "access_token" add constraint "access_token_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(`drop index "dml_item_name_index";`);

    this.addSql(`alter table "person" drop constraint "person_roles_check";`);
    this.addSql(
      `alter table "person" add constraint "person_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(`alter table "task" drop constraint "task_assignee_role_check";`);
    this.addSql(
      `alter table "task" add constraint "task_assignee_role_check" check ("assignee_role" in ('RELEASE_MANAGER', 'RELEASE_OWNER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY', 'TEST_MANAGER', 'DML_LIBRARIAN', 'CONFIGURATION_MANAGER', 'DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE', 'AUDITOR', 'ADAPTER', 'ADMINISTRATOR', 'REQUESTER'));`,
    );
  }
}
