import { Migration } from '@mikro-orm/migrations';

/** Files that show what was done on a target. */
export class Migration20261128013218_evidence_file extends Migration {
  override up(): void {
    this.addSql(
      `create table "evidence_file" ("id" uuid not null, "target_execution_id" uuid not null, "media_id" uuid not null, "attempt" int not null, "file_name" text null, "media_type" text not null, "added_by_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "evidence_file_media_id_index" on "evidence_file" ("media_id");`);
    this.addSql(
      `alter table "evidence_file" add constraint "evidence_file_target_execution_id_media_id_unique" unique ("target_execution_id", "media_id");`,
    );

    this.addSql(
      `alter table "evidence_file" add constraint "evidence_file_target_execution_id_foreign" foreign key ("target_execution_id") references "target_execution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "evidence_file" add constraint "evidence_file_media_id_foreign" foreign key ("media_id") references "media_blob" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "evidence_file" add constraint "evidence_file_added_by_id_foreign" foreign key ("added_by_id") references "person" ("id") on delete restrict;`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "evidence_file" cascade;`);
  }
}
