import { Migration } from '@mikro-orm/migrations';

/** Lists by an instant have an index each: releases, changes, tasks, distributions and requests. */
export class Migration20261127015500_instant_orders extends Migration {
  override up(): void {
    this.addSql(
      `create index "change_planned_start_or_never" on "change" (coalesce("planned_start", 'infinity'), "id");`,
    );
    this.addSql(
      `create index "release_planned_start_or_never" on "release" (coalesce("planned_start", 'infinity'), "id");`,
    );
    this.addSql(
      `create index "distribution_scheduled_start_or_never" on "distribution" (coalesce("scheduled_start", 'infinity'), "id");`,
    );
    this.addSql(
      `create index "change_release_request_expires_at_or_never" on "change_release_request" (coalesce("expires_at", 'infinity'), "id");`,
    );
    this.addSql(`create index "task_planned_start_or_never" on "task" (coalesce("planned_start", 'infinity'), "id");`);
    this.addSql(`create index "task_planned_end_or_never" on "task" (coalesce("planned_end", 'infinity'), "id");`);
  }

  override down(): void {
    this.addSql(`drop index "change_planned_start_or_never";`);
    this.addSql(`drop index "change_release_request_expires_at_or_never";`);
    this.addSql(`drop index "distribution_scheduled_start_or_never";`);
    this.addSql(`drop index "release_planned_start_or_never";`);
    this.addSql(`drop index "task_planned_start_or_never";`);
    this.addSql(`drop index "task_planned_end_or_never";`);
  }
}
