import { Migration } from '@mikro-orm/migrations';

/** Retries by policy, limits of targets at a time, and what a recall does to what runs. */
export class Migration20261128004414_retries_and_limits extends Migration {
  override up(): void {
    this.addSql(`alter table "deployment_tool" add "max_targets_at_once" int null;`);

    this.addSql(
      `alter table "distribution" add "retry_limit" int not null default 0, add "retry_after_minutes" int not null default 5, add "retry_reasons" text[] null, add "retries_done" int not null default 0, add "retry_at" timestamptz null;`,
    );
    this.addSql(`create index "distribution_retry_at_index" on "distribution" ("retry_at");`);

    this.addSql(`alter table "target_group" add "max_targets_at_once" int null;`);

    this.addSql(`alter table "dml_item_version" add "recall_effect" text null;`);
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_recall_effect_check" check ("recall_effect" in ('STOP', 'PAUSE'));`,
    );
  }

  override down(): void {
    this.addSql(`alter table "deployment_tool" drop column "max_targets_at_once";`);

    this.addSql(`drop index "distribution_retry_at_index";`);
    this.addSql(
      `alter table "distribution" drop column "retry_limit", drop column "retry_after_minutes", drop column "retry_reasons", drop column "retries_done", drop column "retry_at";`,
    );

    this.addSql(`alter table "dml_item_version" drop constraint "dml_item_version_recall_effect_check";`);
    this.addSql(`alter table "dml_item_version" drop column "recall_effect";`);

    this.addSql(`alter table "target_group" drop column "max_targets_at_once";`);
  }
}
