import { Migration } from '@mikro-orm/migrations';

/** A back-out keeps what it took away from its targets, until somebody lifts the pin. */
export class Migration20261128001844_version_pin extends Migration {
  override up(): void {
    this.addSql(
      `create table "version_pin" ("id" uuid not null, "ci_id" uuid not null, "dml_item_version_id" uuid not null, "reason" text not null, "distribution_id" uuid null, "pinned_by_id" uuid null, "pinned_at" timestamptz not null, "lifted_at" timestamptz null, "lifted_by_id" uuid null, "lift_reason" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "version_pin_ci_id_id_index" on "version_pin" ("ci_id", "id");`);
    this.addSql(
      `create index "version_pin_dml_item_version_id_id_index" on "version_pin" ("dml_item_version_id", "id");`,
    );
    this.addSql(`create index "version_pin_distribution_id_index" on "version_pin" ("distribution_id");`);
    this.addSql(
      `create unique index "version_pin_one_in_force" on "version_pin" ("dml_item_version_id", "ci_id") where lifted_at is null;`,
    );

    this.addSql(
      `alter table "version_pin" add constraint "version_pin_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "version_pin" add constraint "version_pin_dml_item_version_id_foreign" foreign key ("dml_item_version_id") references "dml_item_version" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "version_pin" add constraint "version_pin_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "version_pin" add constraint "version_pin_pinned_by_id_foreign" foreign key ("pinned_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "version_pin" add constraint "version_pin_lifted_by_id_foreign" foreign key ("lifted_by_id") references "person" ("id") on delete restrict;`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "version_pin" cascade;`);
  }
}
