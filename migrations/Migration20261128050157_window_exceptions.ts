import { Migration } from '@mikro-orm/migrations';

/** Occurrences of a recurring window that are cancelled, moved or added. */
export class Migration20261128050157_window_exceptions extends Migration {
  override up(): void {
    this.addSql(`alter table "schedule_window" add "exceptions" jsonb not null default '[]';`);
  }

  override down(): void {
    this.addSql(`alter table "schedule_window" drop column "exceptions";`);
  }
}
