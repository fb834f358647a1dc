import { Migration } from '@mikro-orm/migrations';

/** Classes that a site defines below the built-in ones, and the class of an item among them. */
export class Migration20261128174404_custom_classes extends Migration {
  override up(): void {
    this.addSql(
      `create table "custom_class" ("id" uuid not null, "key" text not null, "name" text not null, "description" text not null default '', "state" text not null default 'ACTIVE', "ci_class" text not null, "parent_id" uuid null, "lineage" uuid[] not null, "schema" jsonb not null, "effective_schema" jsonb not null, "schema_version" int not null default 1, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "custom_class" add constraint "custom_class_key_unique" unique ("key");`);
    this.addSql(`create index "custom_class_name_id_index" on "custom_class" ("name" collate "und-x-icu", "id");`);
    this.addSql(`create index "custom_class_parent_id_index" on "custom_class" ("parent_id");`);
    this.addSql(`create index "custom_class_lineage_index" on "custom_class" using gin ("lineage");`);

    this.addSql(`alter table "configuration_item" add "custom_class_id" uuid null;`);
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_custom_class_id_foreign" foreign key ("custom_class_id") references "custom_class" ("id") on delete restrict;`,
    );
    this.addSql(
      `create index "configuration_item_custom_class_id_given" on "configuration_item" ("custom_class_id", "id") where "custom_class_id" is not null;`,
    );

    this.addSql(
      `alter table "custom_class" add constraint "custom_class_parent_id_foreign" foreign key ("parent_id") references "custom_class" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "custom_class" add constraint "custom_class_state_check" check ("state" in ('ACTIVE', 'RETIRED'));`,
    );
    this.addSql(
      `alter table "custom_class" add constraint "custom_class_ci_class_check" check ("ci_class" in ('BUSINESS_SERVICE', 'APPLICATION', 'DATABASE', 'MIDDLEWARE', 'SOFTWARE', 'OPERATING_SYSTEM', 'FIRMWARE', 'SERVER', 'VIRTUAL_MACHINE', 'CLUSTER', 'CONTAINER_PLATFORM', 'DESKTOP', 'LAPTOP', 'MOBILE_DEVICE', 'NETWORK_DEVICE', 'LOAD_BALANCER', 'STORAGE', 'PERIPHERAL', 'SPARE', 'DOCUMENT', 'LOCATION'));`,
    );
    this.addSql(`select history_track('configuration_item');`);
  }

  override down(): void {
    this.addSql(`alter table "custom_class" drop constraint "custom_class_parent_id_foreign";`);
    this.addSql(`alter table "configuration_item" drop constraint "configuration_item_custom_class_id_foreign";`);

    this.addSql(`drop table if exists "custom_class" cascade;`);

    this.addSql(`drop index "configuration_item_custom_class_id_given";`);
    this.addSql(`alter table "configuration_item" drop column "custom_class_id";`);
    // The history keeps its columns: history is never deleted.
    this.addSql(`select history_track('configuration_item');`);
  }
}
