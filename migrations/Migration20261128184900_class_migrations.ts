import { Migration } from '@mikro-orm/migrations';

/** Migrations of classes to other schemas, and the items that do not fit. */
export class Migration20261128184900_class_migrations extends Migration {
  override up(): void {
    this.addSql(
      `create table "class_migration" ("id" uuid not null, "custom_class_id" uuid not null, "state" text not null default 'CHECKING', "schema" jsonb not null, "renames" jsonb not null default '{}', "defaults" jsonb not null default '{}', "dry_run" boolean not null, "accepts_misfits" boolean not null, "schema_version" int not null, "position" uuid null, "items" int not null default 0, "migrated" int not null default 0, "misfits" int not null default 0, "started_by_id" uuid not null, "ended_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "class_migration_custom_class_id_id_index" on "class_migration" ("custom_class_id", "id");`,
    );
    this.addSql(`create index "class_migration_state_id_index" on "class_migration" ("state", "id");`);
    this.addSql(`create index "class_migration_started_by_id_index" on "class_migration" ("started_by_id");`);

    this.addSql(
      `create table "class_misfit" ("id" uuid not null, "migration_id" uuid not null, "ci_id" uuid not null, "reason" text not null, "violations" text[] not null, "stands" boolean not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "class_misfit_migration_id_id_index" on "class_misfit" ("migration_id", "id");`);
    this.addSql(`create index "class_misfit_ci_id_index" on "class_misfit" ("ci_id");`);
    this.addSql(`create index "class_misfit_standing" on "class_misfit" ("ci_id") where "stands";`);
    this.addSql(
      `alter table "class_misfit" add constraint "class_misfit_migration_id_ci_id_unique" unique ("migration_id", "ci_id");`,
    );

    this.addSql(
      `alter table "custom_class" add "migration_id" uuid null, add "pending_schema" jsonb null, add "indexing" text[] not null default '{}';`,
    );

    this.addSql(
      `alter table "class_migration" add constraint "class_migration_custom_class_id_foreign" foreign key ("custom_class_id") references "custom_class" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "class_migration" add constraint "class_migration_started_by_id_foreign" foreign key ("started_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "class_migration" add constraint "class_migration_state_check" check ("state" in ('CHECKING', 'CHECKED', 'REFUSED', 'MIGRATING', 'COMPLETED', 'CANCELLED'));`,
    );

    this.addSql(
      `alter table "class_misfit" add constraint "class_misfit_migration_id_foreign" foreign key ("migration_id") references "class_migration" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "class_misfit" add constraint "class_misfit_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "class_misfit" add constraint "class_misfit_reason_check" check ("reason" in ('DOES_NOT_FIT', 'PROTECTED'));`,
    );
    this.addSql(changed(true));
    this.addSql(expect(true));
  }

  override down(): void {
    this.addSql(`alter table "class_misfit" drop constraint "class_misfit_migration_id_foreign";`);

    this.addSql(`drop table if exists "class_migration" cascade;`);
    this.addSql(`drop table if exists "class_misfit" cascade;`);

    this.addSql(
      `alter table "custom_class" drop column "migration_id", drop column "pending_schema", drop column "indexing";`,
    );
  }
}

// Whatever is written fits its class, so that it is no misfit from then on.
const changed = (withMisfits: boolean) => `
  create or replace function ci_attribute_changed() returns trigger language plpgsql as $$
  declare ids uuid[];
  begin
    if tg_op = 'INSERT' then
      ids := array(select n.id from new_rows n where n.custom_class_id is not null);
    else
      ids := array(
        select n.id from new_rows n join old_rows o on o.id = n.id
        where n.custom_class_id is distinct from o.custom_class_id
          or (n.custom_class_id is not null and n.attributes is distinct from o.attributes));
    end if;
    if cardinality(ids) > 0 then
      perform ci_attribute_refresh(ids);${
        withMisfits
          ? `
      update class_misfit set stands = false where ci_id = any(ids) and stands;`
          : ''
      }
    end if;
    return null;
  end $$;`;

// Lists ask it before they read a row, so that a mistake is one also where nothing would be found.
const expect = (withIndexing: boolean) => `
  create or replace function ci_attribute_expect(class_key text, names text[], kinds text[], field text)
    returns boolean language plpgsql stable as $$
  declare
    declared jsonb;
    missing text[] := '{}';
    definition jsonb;
  begin
    select k.effective_schema->'properties'${withIndexing ? ', k.indexing into declared, missing' : ' into declared'}
    from custom_class k where k.key = class_key;
    if not found then
      raise exception 'There is no class with the key "%".', left(class_key, 100) using errcode = 'IL002', detail = field;
    end if;
    for i in 1 .. cardinality(names) loop
      definition := declared->names[i];
      if definition is null then
        raise exception 'Class % declares no attribute "%".', class_key, left(names[i], 100)
          using errcode = 'IL002', detail = field;
      elsif definition->'indexed' is distinct from 'true' then
        raise exception 'Class % declares attribute "%" without an index: nothing is found or sorted by it.',
          class_key, names[i] using errcode = 'IL002', detail = field;
      elsif names[i] = any(missing) then
        raise exception 'Class % is being migrated. Attribute "%" finds and sorts when that has ended.',
          class_key, names[i] using errcode = 'IL002', detail = field;
      elsif kinds[i] <> '' and ci_attribute_kind(definition) <> kinds[i] then
        raise exception 'Attribute "%" of class % is compared by "%", not by "%".',
          names[i], class_key, ci_attribute_kind(definition), kinds[i] using errcode = 'IL002', detail = field;
      end if;
    end loop;
    return true;
  end $$;`;
