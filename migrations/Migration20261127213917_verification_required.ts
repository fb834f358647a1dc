import { Migration } from '@mikro-orm/migrations';

/** On some targets a success counts only when it is verified. */
export class Migration20261127213917_verification_required extends Migration {
  override up(): void {
    this.addSql(`alter table "target_execution" add "verification_required" boolean not null default false;`);
  }

  override down(): void {
    this.addSql(`alter table "target_execution" drop column "verification_required";`);
  }
}
