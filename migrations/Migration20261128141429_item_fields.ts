import { Migration } from '@mikro-orm/migrations';

/** Where an item stands, who answers for it and supports it, who made it, and its number. Lists are found by each. */
export class Migration20261128141429_item_fields extends Migration {
  override up(): void {
    this.addSql(
      `alter table "configuration_item" add "owner_id" uuid null, add "support_team_id" uuid null, add "environment" text null, add "location" text null, add "serial_number" text null, add "manufacturer" text null;`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_owner_id_foreign" foreign key ("owner_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_support_team_id_foreign" foreign key ("support_team_id") references "team" ("id") on delete restrict;`,
    );
    this.addSql(
      `create index "configuration_item_owner_id_given" on "configuration_item" ("owner_id", "id") where "owner_id" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_support_team_id_given" on "configuration_item" ("support_team_id", "id") where "support_team_id" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_environment_given" on "configuration_item" ("environment", "id") where "environment" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_location_given" on "configuration_item" ("location", "id") where "location" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_serial_number_given" on "configuration_item" ("serial_number", "id") where "serial_number" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_manufacturer_given" on "configuration_item" ("manufacturer", "id") where "manufacturer" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_by_environment" on "configuration_item" ((coalesce("environment", '') collate "und-x-icu"), "id");`,
    );
    this.addSql(
      `create index "configuration_item_by_location" on "configuration_item" ((coalesce("location", '') collate "und-x-icu"), "id");`,
    );
    this.addSql(`select history_track('configuration_item');`);
  }

  override down(): void {
    this.addSql(`alter table "configuration_item" drop constraint "configuration_item_owner_id_foreign";`);
    this.addSql(`alter table "configuration_item" drop constraint "configuration_item_support_team_id_foreign";`);

    this.addSql(`drop index "configuration_item_owner_id_given";`);
    this.addSql(`drop index "configuration_item_support_team_id_given";`);
    this.addSql(`drop index "configuration_item_environment_given";`);
    this.addSql(`drop index "configuration_item_location_given";`);
    this.addSql(`drop index "configuration_item_serial_number_given";`);
    this.addSql(`drop index "configuration_item_manufacturer_given";`);
    this.addSql(`drop index "configuration_item_by_environment";`);
    this.addSql(`drop index "configuration_item_by_location";`);
    this.addSql(
      `alter table "configuration_item" drop column "owner_id", drop column "support_team_id", drop column "environment", drop column "location", drop column "serial_number", drop column "manufacturer";`,
    );
    // The history keeps its columns: history is never deleted.
    this.addSql(`select history_track('configuration_item');`);
  }
}
