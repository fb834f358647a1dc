import { Migration } from '@mikro-orm/migrations';

const NOTICED = [
  'number',
  'name',
  'ci_class',
  'criticality',
  'state',
  'lifecycle_state',
  'owner_team_id',
  'external_source',
  'external_key',
  'owner_id',
  'support_team_id',
  'environment',
  'location',
  'serial_number',
  'manufacturer',
];

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
    this.noticeEditsOf([...NOTICED, 'custom_class_id', 'attributes']);
  }

  override down(): void {
    this.noticeEditsOf(NOTICED);
    this.addSql(`alter table "custom_class" drop constraint "custom_class_parent_id_foreign";`);
    this.addSql(`alter table "configuration_item" drop constraint "configuration_item_custom_class_id_foreign";`);

    this.addSql(`drop table if exists "custom_class" cascade;`);

    this.addSql(`drop index "configuration_item_custom_class_id_given";`);
    this.addSql(`alter table "configuration_item" drop column "custom_class_id";`);
    // The history keeps its columns: history is never deleted.
    this.addSql(`select history_track('configuration_item');`);
  }

  // Items begin or cease to match the filter of a window by their class, too.
  private noticeEditsOf(columns: readonly string[]): void {
    const names = columns.map((column) => `"${column}"`).join(', ');
    const of = (row: string) => columns.map((column) => `${row}."${column}"`).join(', ');
    this.addSql(`drop trigger "schedule_item_described" on "configuration_item";`);
    this.addSql(
      `create trigger "schedule_item_described" after update of ${names} on "configuration_item" for each row when ((${of('old')}) is distinct from (${of('new')})) execute function schedule_item_described();`,
    );
  }
}
