import { Migration } from '@mikro-orm/migrations';

/** A distribution knows whether a hold paused it. Until now no hold did. */
export class Migration20261126205000_paused_by_hold extends Migration {
  override up(): void {
    this.addSql(`alter table "distribution" add "paused_by_hold" boolean not null default false;`);
  }

  override down(): void {
    this.addSql(`alter table "distribution" drop column "paused_by_hold";`);
  }
}
