import { Migration } from '@mikro-orm/migrations';

export class Migration20261126160900_waiver_revocation extends Migration {
  override name = 'Migration20261126160900_waiver_revocation';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "waiver" add "state" text not null default 'GRANTED', add "revoked_by_id" uuid null, add "revoked_at" timestamptz null, add "revoke_reason" text null, add "version" int not null default 1, add "updated_at" timestamptz null;`,
    );
    this.addSql(`update "waiver" set "updated_at" = "created_at";`);
    this.addSql(`alter table "waiver" alter column "updated_at" set not null;`);
    this.addSql(
      `alter table "waiver" add constraint "waiver_revoked_by_id_foreign" foreign key ("revoked_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(`alter table "waiver" add constraint "waiver_state_check" check ("state" in ('GRANTED', 'REVOKED'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "waiver" drop constraint "waiver_revoked_by_id_foreign";`);
    this.addSql(`alter table "waiver" drop constraint "waiver_state_check";`);
    this.addSql(
      `alter table "waiver" drop column "state", drop column "revoked_by_id", drop column "revoked_at", drop column "revoke_reason", drop column "version", drop column "updated_at";`,
    );
  }
}
