import { Migration } from '@mikro-orm/migrations';

/** The tables whose rows have a history: what a snapshot of the API shows. */
const TRACKED = [
  'configuration_item',
  'ci_relation',
  'installation',
  'change',
  'change_ci',
  'release',
  'release_change',
  'release_ci',
  'release_content',
  'dml_item',
  'dml_item_version',
];

/**
 * Keeps what rows were. `history_track('x')` gives a table `x` its history: the table `x_history`, filled by triggers,
 * so that no writer can forget it. Call it again in a later migration that gives a tracked table another column.
 *
 * A row of a history is one state of one row: `valid` is when it was so, `known` is when it was believed. A state that
 * follows another ends the other's `valid` and leaves its `known` open: who asks at an instant for a later one gets
 * what was valid at the earlier of both. Only a fact that comes late closes `known`. See docs/adr/0062.
 */
export class Migration20261128085000_history extends Migration {
  override up(): void {
    this.addSql(EXTENSION);
    this.addSql(NOW);
    this.addSql(SINCE);
    this.addSql(INSTANT);
    this.addSql(MINE);
    this.addSql(GUARD);
    this.addSql(BACKDATE);
    this.addSql(TRACK);
    for (const table of TRACKED) this.addSql(`select history_track('${table}');`);
    // What is there was so since its last change at the latest. What it was before, nobody has kept.
    for (const table of TRACKED) this.addSql(`select history_begin('${table}');`);
  }

  override down(): void {
    for (const table of TRACKED) {
      for (const event of ['insert', 'update', 'delete', 'truncate'])
        this.addSql(`drop trigger if exists "history_${event}" on "${table}";`);
      this.addSql(`drop function if exists "${table}_history_insert"();`);
      this.addSql(`drop function if exists "${table}_history_update"();`);
      this.addSql(`drop function if exists "${table}_history_delete"();`);
      this.addSql(`drop function if exists "${table}_history_truncate"();`);
      this.addSql(`drop table if exists "${table}_history";`);
    }
    for (const name of ['track(text)', 'begin(text)', 'backdate(regclass, uuid, jsonb, timestamptz, timestamptz)'])
      this.addSql(`drop function if exists history_${name};`);
    for (const name of [
      'since()',
      'now()',
      'guard()',
      'is_mine(xid8, tstzrange)',
      'instant(timestamptz, tstzrange, tstzrange)',
    ])
      this.addSql(`drop function if exists history_${name};`);
  }
}

// The extension is trusted and comes with PostgreSQL, but a database can lack it or refuse it to this role. Triggers keep
// the histories all the same; only the constraint that proves them is missing.
const EXTENSION = `
  do $$ begin
    create extension if not exists btree_gist;
  exception when insufficient_privilege or undefined_file or feature_not_supported then
    raise warning 'btree_gist cannot be created (%). Histories are kept without their constraint.', sqlerrm;
  end $$;`;

// The API shows milliseconds. A state begins at a whole one, so that it is found by the instant that an answer shows.
const NOW = `
  create function history_now() returns timestamptz language sql stable as $$
    select date_trunc('milliseconds', now())
  $$;`;

// Since when what a transaction writes has been so; null when it begins with the transaction.
const SINCE = `
  create function history_since() returns timestamptz language sql stable as $$
    select case when since < history_now() then since end
    from (select nullif(current_setting('interlock.since', true), '')::timestamptz as since) s
  $$;`;

// When a state follows another. A transaction that had to wait for a younger one comes after it all the same.
const INSTANT = `
  create function history_instant(at timestamptz, valid tstzrange, known tstzrange) returns timestamptz
  language sql immutable as $$
    select greatest(at, lower(valid) + interval '1 millisecond', lower(known) + interval '1 millisecond')
  $$;`;

// Whether the running transaction has made a state: nobody has seen it, so it can be replaced. Numbers of transactions
// begin again in a database that was restored, instants do not.
const MINE = `
  create function history_is_mine(xid xid8, known tstzrange) returns boolean language sql stable as $$
    select xid = pg_current_xact_id() and lower(known) >= history_now()
  $$;`;

// Histories are written by the triggers of their tables and by nobody else.
const GUARD = `
  create function history_guard() returns trigger language plpgsql as $$
  begin
    if pg_trigger_depth() > 1 or current_setting('interlock.history', true) = 'open' then return null; end if;
    raise exception '% is written by the triggers of its table only', tg_table_name using errcode = '42501';
  end $$;`;

// Corrects the belief about an object in [since, until): \`patch\` has the values of columns that were different, or is
// null when the object did not exist any more.
const BACKDATE = `
  create function history_backdate(
    past regclass, object uuid, patch jsonb, since timestamptz, until timestamptz
  ) returns void language plpgsql as $$
  declare
    state record;
    mine xid8 := pg_current_xact_id();
  begin
    for state in execute format(
      'select h.valid, h.known, h.xid, to_jsonb(h) as columns from %s h
       where h.id = $1 and upper_inf(h.known) and h.valid && tstzrange($2, $3) for update', past)
      using object, since, until
    loop
      if history_is_mine(state.xid, state.known) then
        execute format('delete from %s where id = $1 and valid = $2 and known = $3', past)
          using object, state.valid, state.known;
      else
        execute format(
          'update %s set known = tstzrange(lower(known), $4) where id = $1 and valid = $2 and known = $3', past)
          using object, state.valid, state.known, until;
      end if;
      execute format(
        'insert into %s select (jsonb_populate_record(null::%s, $1 || part)).*
         from unnest(array[
           jsonb_build_object(''valid'', $2 - tstzrange($3, null)),
           $6 || jsonb_build_object(''valid'', $2 * tstzrange($3, $4)),
           jsonb_build_object(''valid'', $2 - tstzrange(null, $4))
         ]) part
         cross join lateral (select jsonb_build_object(''known'', tstzrange($4, null), ''xid'', $5::text) as rest) r
         where not isempty((part->>''valid'')::tstzrange) and part is not null', past, past)
        using state.columns || jsonb_build_object('known', tstzrange(until, null), 'xid', mine::text),
              state.valid, since, until, mine, patch;
    end loop;
  end $$;`;

const TRACK = `
  create function history_track(live text) returns void language plpgsql as $track$
  declare
    past text := live || '_history';
    columns text;
    added text;
    changed text;
    item record;
  begin
    execute format(
      'create table if not exists %I ("valid" tstzrange not null, "known" tstzrange not null, "xid" xid8 not null)',
      past);
    for item in
      select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
        case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as given
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = live::regclass and a.attnum > 0 and not a.attisdropped
        and not exists (
          select from pg_attribute h where h.attrelid = past::regclass and h.attname = a.attname and not h.attisdropped)
      order by a.attnum
    loop
      -- A column that comes later had its default in all earlier states; numbers from sequences are no such default.
      execute format('alter table %I add column %I %s %s', past, item.name, item.type,
        case when item.given not like '%nextval(%' then 'default ' || item.given else '' end);
    end loop;

    if to_regclass(quote_ident(past || '_open')) is null then
      if exists (select from pg_extension where extname = 'btree_gist') then
        execute format(
          'alter table %I add constraint %I exclude using gist (id with =, valid with &&, known with &&)',
          past, past || '_one_truth');
      end if;
      execute format(
        'create unique index %I on %I (id) where upper_inf(valid) and upper_inf(known)', past || '_open', past);
      execute format('create trigger history_guard after insert or update or delete or truncate on %I
        for each statement execute function history_guard()', past);
    end if;
    -- What lists of the live table are found by, they are found by at an instant, too.
    for item in
      select regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE UNIQUE', 'CREATE') as made, c.relname as name
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
      where i.indrelid = live::regclass and m.amname = 'btree'
    loop
      changed := left(past, 40) || '_' || left(md5(item.name), 8);
      continue when to_regclass(quote_ident(changed)) is not null;
      execute replace(
        regexp_replace(item.made, '^CREATE INDEX \\S+ ON \\S+ ', format('CREATE INDEX %I ON %I ', changed, past)),
        'ONLY ', '');
    end loop;

    select string_agg(format('%I', attname), ', ' order by attnum),
      string_agg(format('n.%I', attname), ', ' order by attnum),
      string_agg(format('%1$I = n.%1$I', attname), ', ' order by attnum)
    into columns, added, changed
    from pg_attribute where attrelid = live::regclass and attnum > 0 and not attisdropped;

    execute format($make$
      create or replace function %1$I() returns trigger language plpgsql as $do$
      begin
        insert into %2$I (%3$s, valid, known, xid)
        select %4$s, tstzrange(coalesce(history_since(), history_now()), null), tstzrange(history_now(), null),
          pg_current_xact_id()
        from new_rows n;
        return null;
      end $do$ $make$, past || '_insert', past, columns, added);

    execute format($make$
      create or replace function %1$I() returns trigger language plpgsql as $do$
      declare
        since timestamptz := history_since();
        late record;
      begin
        -- What this transaction has made itself, nobody has seen.
        update %2$I h set %5$s from new_rows n
        where h.id = n.id and upper_inf(h.valid) and upper_inf(h.known) and history_is_mine(h.xid, h.known);
        with closed as (
          update %2$I h
          set valid = tstzrange(lower(h.valid), history_instant(history_now(), h.valid, h.known))
          from new_rows n join old_rows o on o.id = n.id
          where h.id = n.id and upper_inf(h.valid) and upper_inf(h.known) and not history_is_mine(h.xid, h.known)
            and o is distinct from n
          returning h.id, upper(h.valid) as at)
        insert into %2$I (%3$s, valid, known, xid)
        select %4$s, tstzrange(c.at, null), tstzrange(c.at, null), pg_current_xact_id()
        from new_rows n join closed c on c.id = n.id;
        if since is null then return null; end if;
        for late in
          select n.id, (
            select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(n)) c
            where c.value is distinct from to_jsonb(o)->c.key
              and c.key not in ('version', 'updated_at')) as patch,
            lower(h.valid) as at
          from new_rows n join old_rows o on o.id = n.id
          join %2$I h on h.id = n.id and upper_inf(h.valid) and upper_inf(h.known)
          where o is distinct from n
        loop
          if late.patch is not null and since < late.at then
            perform history_backdate(%2$L, late.id, late.patch, since, late.at);
          end if;
        end loop;
        return null;
      end $do$ $make$, past || '_update', past, columns, added, changed);

    execute format($make$
      create or replace function %1$I() returns trigger language plpgsql as $do$
      declare
        since timestamptz := history_since();
        late record;
      begin
        delete from %2$I h using old_rows o
        where h.id = o.id and upper_inf(h.valid) and upper_inf(h.known) and history_is_mine(h.xid, h.known);
        for late in
          update %2$I h set valid = tstzrange(lower(h.valid), history_instant(history_now(), h.valid, h.known))
          from old_rows o where h.id = o.id and upper_inf(h.valid) and upper_inf(h.known)
          returning h.id, upper(h.valid) as at
        loop
          if since < late.at then perform history_backdate(%2$L, late.id, null, since, late.at); end if;
        end loop;
        return null;
      end $do$ $make$, past || '_delete', past);

    execute format($make$
      create or replace function %1$I() returns trigger language plpgsql as $do$
      begin
        update %2$I h set valid = tstzrange(lower(h.valid), history_instant(history_now(), h.valid, h.known))
        where upper_inf(h.valid) and upper_inf(h.known);
        return null;
      end $do$ $make$, past || '_truncate', past);

    execute format('create or replace trigger history_truncate after truncate on %I
      for each statement execute function %I()', live, past || '_truncate');
    execute format('create or replace trigger history_insert after insert on %I referencing new table as new_rows
      for each statement execute function %I()', live, past || '_insert');
    execute format('create or replace trigger history_update after update on %I
      referencing old table as old_rows new table as new_rows
      for each statement execute function %I()', live, past || '_update');
    execute format('create or replace trigger history_delete after delete on %I referencing old table as old_rows
      for each statement execute function %I()', live, past || '_delete');
  end $track$;

  create function history_begin(live text) returns void language plpgsql as $$
  declare
    columns text;
    at text;
  begin
    select string_agg(format('%I', attname), ', ' order by attnum),
      case when bool_or(attname = 'updated_at') then 'updated_at' else 'created_at' end
    into columns, at
    from pg_attribute where attrelid = live::regclass and attnum > 0 and not attisdropped;
    perform set_config('interlock.history', 'open', true);
    execute format(
      'insert into %1$I (%2$s, valid, known, xid)
       select %2$s, span, span, pg_current_xact_id()
       from %4$I, lateral (select tstzrange(least(%3$I, history_now()), null) as span) s', live || '_history', columns, at, live);
    perform set_config('interlock.history', '', true);
  end $$;`;
