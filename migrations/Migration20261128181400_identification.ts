import { Migration } from '@mikro-orm/migrations';

/**
 * By what observed things are identified, which source counts more than which, and who said the fields of items. Who
 * said them until now is not known.
 */
export class Migration20261128181400_identification extends Migration {
  override up(): void {
    this.addSql(
      `create table "ci_provenance" ("ci_id" uuid not null, "fields" jsonb not null, primary key ("ci_id"));`,
    );

    this.addSql(
      `create table "identification_rule" ("id" uuid not null, "ci_class" text not null, "identifiers" jsonb null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "identification_rule" add constraint "identification_rule_ci_class_unique" unique ("ci_class");`,
    );

    this.addSql(
      `create table "source_precedence" ("id" uuid not null, "ci_class" text null, "field" text null, "sources" text[] null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create unique index "source_precedence_scope" on "source_precedence" (coalesce("ci_class", ''), coalesce("field", ''));`,
    );

    this.addSql(
      `create index "configuration_item_folded_name" on "configuration_item" (folded_name("name")) where "name" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_folded_serial_number" on "configuration_item" (folded_name("serial_number")) where "serial_number" is not null;`,
    );

    this.addSql(
      `alter table "identification_rule" add constraint "identification_rule_ci_class_check" check ("ci_class" in ('BUSINESS_SERVICE', 'APPLICATION', 'DATABASE', 'MIDDLEWARE', 'SOFTWARE', 'OPERATING_SYSTEM', 'FIRMWARE', 'SERVER', 'VIRTUAL_MACHINE', 'CLUSTER', 'CONTAINER_PLATFORM', 'DESKTOP', 'LAPTOP', 'MOBILE_DEVICE', 'NETWORK_DEVICE', 'LOAD_BALANCER', 'STORAGE', 'PERIPHERAL', 'SPARE', 'DOCUMENT', 'LOCATION'));`,
    );

    this.addSql(
      `alter table "source_precedence" add constraint "source_precedence_ci_class_check" check ("ci_class" in ('BUSINESS_SERVICE', 'APPLICATION', 'DATABASE', 'MIDDLEWARE', 'SOFTWARE', 'OPERATING_SYSTEM', 'FIRMWARE', 'SERVER', 'VIRTUAL_MACHINE', 'CLUSTER', 'CONTAINER_PLATFORM', 'DESKTOP', 'LAPTOP', 'MOBILE_DEVICE', 'NETWORK_DEVICE', 'LOAD_BALANCER', 'STORAGE', 'PERIPHERAL', 'SPARE', 'DOCUMENT', 'LOCATION'));`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "ci_provenance" cascade;`);
    this.addSql(`drop table if exists "identification_rule" cascade;`);
    this.addSql(`drop table if exists "source_precedence" cascade;`);

    this.addSql(`drop index "configuration_item_folded_name";`);
    this.addSql(`drop index "configuration_item_folded_serial_number";`);
  }
}
