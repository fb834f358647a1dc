import { Migration } from '@mikro-orm/migrations';

/** Windows know the imported calendar and the event that they come from. */
export class Migration20261128085515_imported_windows extends Migration {
  override up(): void {
    this.addSql(`alter table "schedule_window" add "external_source" text null, add "external_key" text null;`);
    this.addSql(
      `alter table "schedule_window" add constraint "schedule_window_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );
  }

  override down(): void {
    this.addSql(`alter table "schedule_window" drop constraint "schedule_window_external_source_external_key_unique";`);
    this.addSql(`alter table "schedule_window" drop column "external_source", drop column "external_key";`);
  }
}
