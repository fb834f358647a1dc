import { Migration } from '@mikro-orm/migrations';

/** Named sets of configuration items that distributions can be planned for. */
export class Migration20261127165537_target_group extends Migration {
  override up(): void {
    this.addSql(
      `create table "target_group" ("id" uuid not null, "name" text not null, "description" text not null default '', "state" text not null default 'ACTIVE', "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "target_group" add constraint "target_group_name_unique" unique ("name");`);
    this.addSql(`create unique index "target_group_one_name" on "target_group" (folded_name("name"));`);

    this.addSql(
      `create table "target_group_ci" ("id" uuid not null, "target_group_id" uuid not null, "ci_id" uuid not null, primary key ("id"));`,
    );
    this.addSql(`create index "target_group_ci_ci_id_index" on "target_group_ci" ("ci_id");`);
    this.addSql(
      `alter table "target_group_ci" add constraint "target_group_ci_target_group_id_ci_id_unique" unique ("target_group_id", "ci_id");`,
    );

    this.addSql(
      `alter table "target_group" add constraint "target_group_state_check" check ("state" in ('ACTIVE', 'RETIRED'));`,
    );

    this.addSql(
      `alter table "target_group_ci" add constraint "target_group_ci_target_group_id_foreign" foreign key ("target_group_id") references "target_group" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "target_group_ci" add constraint "target_group_ci_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
  }

  override down(): void {
    this.addSql(`drop table "target_group_ci";`);
    this.addSql(`drop table "target_group";`);
  }
}
