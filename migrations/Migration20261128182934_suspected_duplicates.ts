import { Migration } from '@mikro-orm/migrations';

const NOTED = [
  ['configuration_item', 'insert', 'new table as new_rows'],
  ['configuration_item', 'update', 'old table as old_rows new table as new_rows'],
  ['ci_observation', 'insert', 'new table as new_rows'],
  ['ci_observation', 'update', 'new table as new_rows'],
] as const;

/**
 * Pairs of items that may be one. Triggers note items when what identifies them changes, and a job compares them with
 * others; those that are recorded until now are noted here.
 */
export class Migration20261128182934_suspected_duplicates extends Migration {
  override up(): void {
    this.addSql(`create table "duplicate_stale" ("id" bigserial primary key, "ci_id" uuid not null);`);

    this.addSql(
      `create table "suspected_duplicate" ("id" uuid not null, "ci_id" uuid not null, "other_id" uuid not null, "signs" text[] not null, "digest" text not null, "state" text not null default 'OPEN', "reason" text null, "decided_by_id" uuid null, "closed_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "suspected_duplicate_ci_id_id_index" on "suspected_duplicate" ("ci_id", "id");`);
    this.addSql(`create index "suspected_duplicate_other_id_id_index" on "suspected_duplicate" ("other_id", "id");`);
    this.addSql(`create index "suspected_duplicate_state_id_index" on "suspected_duplicate" ("state", "id");`);
    this.addSql(`create index "suspected_duplicate_decided_by_id_index" on "suspected_duplicate" ("decided_by_id");`);
    this.addSql(
      `create unique index "suspected_duplicate_once" on "suspected_duplicate" ("ci_id", "other_id") where closed_at is null;`,
    );

    this.addSql(`drop index "configuration_item_folded_name";`);
    this.addSql(`drop index "configuration_item_folded_serial_number";`);
    this.addSql(
      `create index "configuration_item_folded_name_id" on "configuration_item" (folded_name("name"), "id") where "name" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_folded_serial_number_id" on "configuration_item" (folded_name("serial_number"), "id") where "serial_number" is not null;`,
    );

    this.addSql(
      `alter table "suspected_duplicate" add constraint "suspected_duplicate_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "suspected_duplicate" add constraint "suspected_duplicate_other_id_foreign" foreign key ("other_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "suspected_duplicate" add constraint "suspected_duplicate_decided_by_id_foreign" foreign key ("decided_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "suspected_duplicate" add constraint "suspected_duplicate_signs_check" check ("signs" <@ array['IDENTIFIER'::text, 'SERIAL_NUMBER'::text, 'EXTERNAL_REF'::text]);`,
    );
    this.addSql(
      `alter table "suspected_duplicate" add constraint "suspected_duplicate_state_check" check ("state" in ('OPEN', 'DISMISSED', 'RESOLVED'));`,
    );
    this.addSql(`
      create function duplicate_note() returns trigger language plpgsql as $$
      begin
        if tg_table_name = 'ci_observation' then
          insert into duplicate_stale (ci_id)
          select n.ci_id from new_rows n join configuration_item c
            on c.external_source = n.source and c.external_key = n.key and c.id <> n.ci_id;
        elsif tg_op = 'INSERT' then
          insert into duplicate_stale (ci_id) select id from new_rows;
        else
          insert into duplicate_stale (ci_id)
          select n.id from new_rows n join old_rows o on o.id = n.id
          where (n.name, n.serial_number, n.manufacturer, n.location, n.environment, n.external_source, n.external_key,
              n.state = 'RETIRED')
            is distinct from (o.name, o.serial_number, o.manufacturer, o.location, o.environment, o.external_source,
              o.external_key, o.state = 'RETIRED');
        end if;
        return null;
      end $$;`);
    for (const [table, event, rows] of NOTED)
      this.addSql(
        `create trigger "duplicate_note_${event}" after ${event} on "${table}" referencing ${rows} for each statement execute function duplicate_note();`,
      );
    this.addSql(`insert into duplicate_stale (ci_id) select id from configuration_item order by id;`);
  }

  override down(): void {
    for (const [table, event] of NOTED) this.addSql(`drop trigger "duplicate_note_${event}" on "${table}";`);
    this.addSql(`drop function duplicate_note();`);
    this.addSql(`drop table if exists "duplicate_stale" cascade;`);
    this.addSql(`drop table if exists "suspected_duplicate" cascade;`);

    this.addSql(`drop index "configuration_item_folded_name_id";`);
    this.addSql(`drop index "configuration_item_folded_serial_number_id";`);
    this.addSql(
      `create index "configuration_item_folded_name" on "configuration_item" (folded_name("name")) where "name" is not null;`,
    );
    this.addSql(
      `create index "configuration_item_folded_serial_number" on "configuration_item" (folded_name("serial_number")) where "serial_number" is not null;`,
    );
  }
}
