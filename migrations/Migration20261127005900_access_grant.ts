import { Migration } from '@mikro-orm/migrations';

/** Access for a person that one administrator proposes and another one confirms. */
export class Migration20261127005900_access_grant extends Migration {
  override up(): void {
    this.addSql(
      `create table "access_grant" ("id" uuid not null, "kind" text not null, "state" text not null default 'PROPOSED', "person_id" uuid not null, "roles" text[] not null default '{}', "token_name" text null, "token_expires_at" timestamptz null, "subject" text null, "email" text null, "reason" text not null, "expires_at" timestamptz not null, "proposed_by_id" uuid not null, "proposed_with_id" uuid null, "decided_by_id" uuid null, "decided_at" timestamptz null, "decision_reason" text null, "access_token_id" uuid null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "access_grant_person_id_index" on "access_grant" ("person_id");`);
    this.addSql(`create index "access_grant_proposed_with_id_index" on "access_grant" ("proposed_with_id");`);
    this.addSql(`create index "access_grant_state_id_index" on "access_grant" ("state", "id");`);

    this.addSql(
      `alter table "access_grant" add constraint "access_grant_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_proposed_by_id_foreign" foreign key ("proposed_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_proposed_with_id_foreign" foreign key ("proposed_with_id") references "access_token" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_decided_by_id_foreign" foreign key ("decided_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_access_token_id_foreign" foreign key ("access_token_id") references "access_token" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_kind_check" check ("kind" in ('ROLES', 'TOKEN', 'IDENTITY', 'ACTIVATION'));`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_state_check" check ("state" in ('PROPOSED', 'CONFIRMED', 'DECLINED', 'EXPIRED'));`,
    );
    this.addSql(
      `alter table "access_grant" add constraint "access_grant_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );
  }

  override down(): void {
    this.addSql(`drop table "access_grant";`);
  }
}
