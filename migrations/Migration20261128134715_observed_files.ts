import { Migration } from '@mikro-orm/migrations';

/** Files with what a source observed. */
export class Migration20261128134715_observed_files extends Migration {
  override up(): void {
    this.addSql(`alter table "file_import" drop constraint "file_import_kind_check";`);
    this.addSql(`alter table "file_import" add "observed" jsonb null;`);
    this.addSql(
      `alter table "file_import" add constraint "file_import_kind_check" check ("kind" in ('CONFIGURATION_ITEMS', 'RELATIONS', 'PEOPLE', 'OBSERVATIONS'));`,
    );
  }

  override down(): void {
    this.addSql(`delete from "file_import" where "kind" = 'OBSERVATIONS';`);
    this.addSql(`alter table "file_import" drop constraint "file_import_kind_check";`);
    this.addSql(`alter table "file_import" drop column "observed";`);
    this.addSql(
      `alter table "file_import" add constraint "file_import_kind_check" check ("kind" in ('CONFIGURATION_ITEMS', 'RELATIONS', 'PEOPLE'));`,
    );
  }
}
