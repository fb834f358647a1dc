import { Migration } from '@mikro-orm/migrations';

/** A release that has its outcome can still be checked. */
export class Migration20261127215120_drift_check extends Migration {
  override up(): void {
    this.addSql(`alter table "distribution" add "drift_check" boolean not null default false;`);
  }

  override down(): void {
    this.addSql(`alter table "distribution" drop column "drift_check";`);
  }
}
