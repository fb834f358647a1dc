import { Migration } from '@mikro-orm/migrations';

/** The values of indexed attributes of items, which triggers keep, so that lists are filtered and sorted by them. */
export class Migration20261128180402_indexed_attributes extends Migration {
  override up(): void {
    this.addSql(
      `create table "ci_attribute" ("ci_id" uuid not null, "name" text not null, "number" double precision not null, "value" text not null, primary key ("ci_id", "name"));`,
    );
    this.addSql(
      `create index "ci_attribute_by_value" on "ci_attribute" ("name", "number", ("value" collate "und-x-icu"), "ci_id");`,
    );
    this.addSql(
      `alter table "ci_attribute" add constraint "ci_attribute_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete cascade;`,
    );
    for (const made of [KIND, NUMBER, TEXT, REFRESH, CHANGED, EXPECT]) this.addSql(made);
    this.addSql(
      `create trigger "ci_attribute_insert" after insert on "configuration_item" referencing new table as new_rows for each statement execute function ci_attribute_changed();`,
    );
    this.addSql(
      `create trigger "ci_attribute_update" after update on "configuration_item" referencing old table as old_rows new table as new_rows for each statement execute function ci_attribute_changed();`,
    );
    this.addSql(
      `select ci_attribute_refresh(array(select "id" from "configuration_item" where "custom_class_id" is not null));`,
    );
  }

  override down(): void {
    for (const event of ['insert', 'update'])
      this.addSql(`drop trigger "ci_attribute_${event}" on "configuration_item";`);
    for (const name of [
      'changed()',
      'refresh(uuid[])',
      'expect(text, text[], text[], text)',
      'text(jsonb, text)',
      'number(jsonb, text)',
      'kind(jsonb)',
    ])
      this.addSql(`drop function ci_attribute_${name};`);
    this.addSql(`drop table if exists "ci_attribute" cascade;`);
  }
}

// What an attribute is compared as, by its definition in the schema of a class.
const KIND = `
  create function ci_attribute_kind(definition jsonb) returns text language sql immutable as $$
    select case
      when definition->>'type' in ('number', 'integer') then 'number'
      when definition->>'type' = 'boolean' then 'flag'
      when definition->>'format' in ('date', 'date-time') then 'date'
      when definition->>'type' = 'string' then 'text'
    end
  $$;`;

// Values that came before the schema can have any form. One that cannot be compared is none.
const NUMBER = `
  create function ci_attribute_number(given jsonb, kind text) returns float8 language plpgsql immutable as $$
  declare
    form text := jsonb_typeof(given);
    words text := given #>> '{}';
  begin
    case kind
      when 'number' then if form = 'number' then return words::float8; end if;
      when 'flag' then if form = 'boolean' then return words::boolean::int; end if;
      when 'text' then if form = 'string' then return 0; end if;
      when 'date' then
        if form = 'string' and words ~ '^\\d{4}-\\d\\d-\\d\\d$' then return extract(epoch from words::date); end if;
        if form = 'string' and words ~* '^\\d{4}-\\d\\d-\\d\\dT[0-9:.]+(Z|[+-]\\d\\d:\\d\\d)$' then
          return extract(epoch from words::timestamptz);
        end if;
      else null;
    end case;
    return '-infinity';
  exception when data_exception then
    return '-infinity';
  end $$;`;

// One letter more than is compared, so that a longer text equals no shorter one.
const TEXT = `
  create function ci_attribute_text(given jsonb, kind text) returns text language sql immutable as $$
    select case when kind = 'text' and jsonb_typeof(given) = 'string' then left(given #>> '{}', 201) else '' end
  $$;`;

const REFRESH = `
  create function ci_attribute_refresh(ids uuid[]) returns void language plpgsql as $$
  begin
    delete from ci_attribute a where a.ci_id = any(ids) and not exists (
      select from configuration_item c join custom_class k on k.id = c.custom_class_id
      where c.id = a.ci_id and k.effective_schema->'properties'->a.name->'indexed' = 'true');
    insert into ci_attribute as a (ci_id, name, number, value)
    select c.id, d.key, ci_attribute_number(c.attributes->d.key, d.kind), ci_attribute_text(c.attributes->d.key, d.kind)
    from configuration_item c
    join (
      select k.id, p.key, ci_attribute_kind(p.value) as kind
      from custom_class k cross join lateral jsonb_each(k.effective_schema->'properties') p
      where p.value->'indexed' = 'true'
    ) d on d.id = c.custom_class_id
    where c.id = any(ids)
    on conflict (ci_id, name) do update set number = excluded.number, value = excluded.value
      where (a.number, a.value) is distinct from (excluded.number, excluded.value);
  end $$;`;

const CHANGED = `
  create function ci_attribute_changed() returns trigger language plpgsql as $$
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
    if cardinality(ids) > 0 then perform ci_attribute_refresh(ids); end if;
    return null;
  end $$;`;

// Lists ask it before they read a row, so that a mistake is one also where nothing would be found.
const EXPECT = `
  create function ci_attribute_expect(class_key text, names text[], kinds text[], field text) returns boolean
    language plpgsql stable as $$
  declare
    declared jsonb;
    definition jsonb;
  begin
    select k.effective_schema->'properties' into declared from custom_class k where k.key = class_key;
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
      elsif kinds[i] <> '' and ci_attribute_kind(definition) <> kinds[i] then
        raise exception 'Attribute "%" of class % is compared by "%", not by "%".',
          names[i], class_key, ci_attribute_kind(definition), kinds[i] using errcode = 'IL002', detail = field;
      end if;
    end loop;
    return true;
  end $$;`;
