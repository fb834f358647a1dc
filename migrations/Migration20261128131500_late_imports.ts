import { Migration } from '@mikro-orm/migrations';

/** An import can say since when its rows have been so. */
export class Migration20261128131500_late_imports extends Migration {
  override up(): void {
    this.addSql(`alter table "file_import" add "valid_from" timestamptz null;`);
  }

  override down(): void {
    this.addSql(`alter table "file_import" drop column "valid_from";`);
  }
}
