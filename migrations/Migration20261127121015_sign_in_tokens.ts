import { Migration } from '@mikro-orm/migrations';

/** A token ends with the sign-in at the identity provider with which it was created. */
export class Migration20261127121015_sign_in_tokens extends Migration {
  override up(): void {
    this.addSql(`alter table "access_token" add "subject" text null;`);
  }

  override down(): void {
    this.addSql(`alter table "access_token" drop column "subject";`);
  }
}
