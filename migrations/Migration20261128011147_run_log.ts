import { Migration } from '@mikro-orm/migrations';

/** How far the logs of tools have been read. */
export class Migration20261128011147_run_log extends Migration {
  override up(): void {
    this.addSql(
      `create table "run_log" ("id" uuid not null, "run_id" uuid not null, "ci_id" uuid null, "cursor" text null, "length" int not null default 0, "complete" boolean not null default false, "truncated" boolean not null default false, "error" text null, "failures" int not null default 0, "next_read_at" timestamptz null, primary key ("id"));`,
    );
    this.addSql(`create index "run_log_next_read_at_index" on "run_log" ("next_read_at");`);
    this.addSql(`create index "run_log_ci_id_index" on "run_log" ("ci_id");`);
    this.addSql(`create unique index "run_log_of_run" on "run_log" ("run_id") where ci_id is null;`);
    this.addSql(`create unique index "run_log_of_target" on "run_log" ("run_id", "ci_id") where ci_id is not null;`);

    this.addSql(
      `alter table "run_log" add constraint "run_log_run_id_foreign" foreign key ("run_id") references "distribution_run" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "run_log" add constraint "run_log_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "run_log" cascade;`);
  }
}
