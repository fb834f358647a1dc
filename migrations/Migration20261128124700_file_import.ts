import { Migration } from '@mikro-orm/migrations';

/** What the import of a file was, how far it is, and what became of its rows. */
export class Migration20261128124700_file_import extends Migration {
  override up(): void {
    this.addSql(
      `create table "file_import_key" ("file_import_id" uuid not null, "key" uuid not null, primary key ("file_import_id", "key"));`,
    );

    this.addSql(
      `create table "file_import" ("id" uuid not null, "kind" text not null, "format" text not null, "person_id" uuid not null, "digest" text not null, "size" bigint not null, "rows" int not null, "error_policy" text not null, "dry_run" boolean not null, "state" text not null, "position" int not null default 0, "created" int not null default 0, "updated" int not null default 0, "unchanged" int not null default 0, "failed" int not null default 0, "created_at" timestamptz not null, "updated_at" timestamptz not null, "ended_at" timestamptz null, primary key ("id"));`,
    );
    this.addSql(
      `create index "file_import_person_id_kind_digest_id_index" on "file_import" ("person_id", "kind", "digest", "id");`,
    );
    this.addSql(`create index "file_import_kind_id_index" on "file_import" ("kind", "id");`);

    this.addSql(
      `create table "file_import_result" ("file_import_id" uuid not null, "first_row" int not null, "outcomes" jsonb not null, primary key ("file_import_id", "first_row"));`,
    );

    this.addSql(
      `alter table "file_import" add constraint "file_import_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "file_import" add constraint "file_import_kind_check" check ("kind" in ('CONFIGURATION_ITEMS', 'RELATIONS', 'PEOPLE'));`,
    );
    this.addSql(
      `alter table "file_import" add constraint "file_import_format_check" check ("format" in ('CSV', 'NDJSON'));`,
    );
    this.addSql(
      `alter table "file_import" add constraint "file_import_error_policy_check" check ("error_policy" in ('IGNORE_FAILED', 'STOP_AT_FAILED', 'REJECT_EVERYTHING'));`,
    );
    this.addSql(
      `alter table "file_import" add constraint "file_import_state_check" check ("state" in ('RUNNING', 'INTERRUPTED', 'STOPPED', 'REJECTED', 'COMPLETED'));`,
    );

    this.addSql(
      `alter table "file_import_result" add constraint "file_import_result_file_import_id_foreign" foreign key ("file_import_id") references "file_import" ("id") on delete cascade;`,
    );
  }

  override down(): void {
    this.addSql(`alter table "file_import_result" drop constraint "file_import_result_file_import_id_foreign";`);

    this.addSql(`drop table if exists "file_import_key" cascade;`);
    this.addSql(`drop table if exists "file_import" cascade;`);
    this.addSql(`drop table if exists "file_import_result" cascade;`);
  }
}
