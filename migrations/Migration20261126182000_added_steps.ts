import { Migration } from '@mikro-orm/migrations';

/** A release knows which tasks add rules have put into its plan. Until now no template had such rules. */
export class Migration20261126182000_added_steps extends Migration {
  override up(): void {
    this.addSql(`alter table "release" add "added_tasks" text[] not null default '{}';`);
  }

  override down(): void {
    this.addSql(`alter table "release" drop column "added_tasks";`);
  }
}
