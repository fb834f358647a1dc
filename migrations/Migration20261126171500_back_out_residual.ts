import { Migration } from '@mikro-orm/migrations';

export class Migration20261126171500_back_out_residual extends Migration {
  override name = 'Migration20261126171500_back_out_residual';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "release" add "residual_reason" text null, add "residual_by_id" uuid null, add "residual_at" timestamptz null, add "residual_targets" int null;`,
    );
    this.addSql(
      `alter table "release" add constraint "release_residual_by_id_foreign" foreign key ("residual_by_id") references "person" ("id") on delete restrict;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "release" drop constraint "release_residual_by_id_foreign";`);

    this.addSql(
      `alter table "release" drop column "residual_reason", drop column "residual_by_id", drop column "residual_at", drop column "residual_targets";`,
    );
  }
}
