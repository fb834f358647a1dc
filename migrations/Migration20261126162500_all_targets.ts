import { Migration } from '@mikro-orm/migrations';

/** A distribution knows whether it was planned for all targets and all contents of its release. */
export class Migration20261126162500_all_targets extends Migration {
  override up(): void {
    this.addSql(
      `alter table "distribution" add "all_targets" boolean not null default false, add "all_contents" boolean not null default false;`,
    );
  }

  override down(): void {
    this.addSql(`alter table "distribution" drop column "all_targets", drop column "all_contents";`);
  }
}
