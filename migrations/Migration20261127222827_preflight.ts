import { Migration } from '@mikro-orm/migrations';

/** A tool is asked what it would say to an order, before it gets it. */
export class Migration20261127222827_preflight extends Migration {
  override up(): void {
    this.addSql(
      `create table "distribution_preflight" ("id" uuid not null, "distribution_id" uuid not null, "asked_at" timestamptz not null, "answered_at" timestamptz null, "next_ask_at" timestamptz null, "kind" text not null, "verdict" text null, "messages" text[] not null default '{}', "tool_version" text null, "failures" int not null default 0, "error" text null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "distribution_preflight" add constraint "distribution_preflight_distribution_id_unique" unique ("distribution_id");`,
    );
    this.addSql(`create index "distribution_preflight_next_ask_at_index" on "distribution_preflight" ("next_ask_at");`);

    this.addSql(`alter table "distribution_run" add "preflighted_at" timestamptz null;`);

    this.addSql(`alter table "target_execution" add "preflight_verdict" text null, add "preflight_message" text null;`);
    this.addSql(
      `alter table "target_execution" add constraint "target_execution_preflight_verdict_check" check ("preflight_verdict" in ('OK', 'WARN', 'BLOCK'));`,
    );

    this.addSql(
      `alter table "distribution_preflight" add constraint "distribution_preflight_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution_preflight" add constraint "distribution_preflight_kind_check" check ("kind" in ('DRY_RUN', 'STATIC'));`,
    );
    this.addSql(
      `alter table "distribution_preflight" add constraint "distribution_preflight_verdict_check" check ("verdict" in ('OK', 'WARN', 'BLOCK'));`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "distribution_preflight" cascade;`);

    this.addSql(`alter table "distribution_run" drop column "preflighted_at";`);

    this.addSql(`alter table "target_execution" drop constraint "target_execution_preflight_verdict_check";`);
    this.addSql(`alter table "target_execution" drop column "preflight_verdict", drop column "preflight_message";`);
  }
}
