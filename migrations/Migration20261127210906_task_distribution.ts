import { Migration } from '@mikro-orm/migrations';

/** A task of a plan can start and end with a distribution. */
export class Migration20261127210906_task_distribution extends Migration {
  override up(): void {
    this.addSql(`alter table "task" add "distribution_id" uuid null;`);
    this.addSql(
      `alter table "task" add constraint "task_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(`create index "task_distribution_id_index" on "task" ("distribution_id");`);
  }

  override down(): void {
    this.addSql(`alter table "task" drop constraint "task_distribution_id_foreign";`);
    this.addSql(`drop index "task_distribution_id_index";`);
    this.addSql(`alter table "task" drop column "distribution_id";`);
  }
}
