import { Migration } from '@mikro-orm/migrations';

/**
 * Refuses writes to protected configuration items and to their relations that no change covers. The rules of the
 * commands say the same in words that help; this is for a writer that forgot to ask them, also for SQL by hand. A
 * repair says `set interlock.protection = 'open'` first. What is installed is not refused: tools report what is so.
 */
export class Migration20261128131000_protected_items extends Migration {
  override up(): void {
    this.addSql(STATE);
    this.addSql(WAS);
    this.addSql(COVERED);
    this.addSql(EXPECT);
    this.addSql(ITEM);
    this.addSql(RELATION);
    this.addSql(
      `create trigger "ci_protected_update" after update on "configuration_item" referencing old table as old_rows new table as new_rows for each statement execute function ci_protected_item();`,
    );
    this.addSql(
      `create trigger "ci_protected_delete" after delete on "configuration_item" referencing old table as old_rows for each statement execute function ci_protected_item();`,
    );
    for (const [name, event, rows] of RELATION_TRIGGERS)
      this.addSql(
        `create trigger "ci_protected_${name}" after ${event} on "ci_relation" referencing ${rows} table as changed for each statement execute function ci_protected_relation();`,
      );
  }

  override down(): void {
    for (const event of ['update', 'delete'])
      this.addSql(`drop trigger "ci_protected_${event}" on "configuration_item";`);
    for (const [name] of RELATION_TRIGGERS) this.addSql(`drop trigger "ci_protected_${name}" on "ci_relation";`);
    for (const name of [
      'relation()',
      'item()',
      'expect_cover(uuid[])',
      'is_covered(uuid)',
      'was(uuid, timestamptz)',
      'state(text)',
    ])
      this.addSql(`drop function ci_protected_${name};`);
  }
}

const RELATION_TRIGGERS = [
  ['insert', 'insert', 'new'],
  ['update_to', 'update', 'new'],
  ['update_from', 'update', 'old'],
  ['delete', 'delete', 'old'],
] as const;

const STATE = `
  create function ci_protected_state(state text) returns boolean language sql immutable as $$
    select state in ('PRODUCTION')
  $$;`;

// Whether an item was protected at some time since an instant, as is known now.
const WAS = `
  create function ci_protected_was(ci uuid, since timestamptz) returns boolean language sql stable as $$
    select exists (
      select from configuration_item_history h
      where h.id = ci and upper_inf(h.known) and ci_protected_state(h.lifecycle_state)
        and h.valid && tstzrange(since, null))
  $$;`;

const COVERED = `
  create function ci_protected_is_covered(ci uuid) returns boolean language sql stable as $$
    select exists (
      select from change_ci x join change c on c.id = x.change_id
      where x.ci_id = ci and x.role = 'TARGET' and c.state in ('AUTHORISED', 'SCHEDULED', 'IN_PROGRESS'))
  $$;`;

const EXPECT = `
  create function ci_protected_expect_cover(ids uuid[]) returns void language plpgsql as $$
  declare item uuid;
  begin
    select i.id into item from unnest(ids) i(id) where not ci_protected_is_covered(i.id) limit 1;
    if item is not null then
      raise exception 'configuration item % is protected, and no authorised change names it as target', item
        using errcode = 'IL001';
    end if;
  end $$;`;

// Authorising the record of an item changes nothing of the item itself, so it needs no change.
const ITEM = `
  create function ci_protected_item() returns trigger language plpgsql as $$
  declare
    since timestamptz := history_since();
    items uuid[];
  begin
    if current_setting('interlock.protection', true) = 'open' then return null; end if;
    if tg_op = 'DELETE' then
      items := array(select o.id from old_rows o where ci_protected_state(o.lifecycle_state));
    else
      items := array(
        select o.id from old_rows o join new_rows n on n.id = o.id
        where (ci_protected_state(o.lifecycle_state) or (since is not null and ci_protected_was(o.id, since)))
          and ((o.state <> n.state and n.state <> 'AUTHORISED')
            or to_jsonb(o) - '{state,version,updated_at}'::text[]
              is distinct from to_jsonb(n) - '{state,version,updated_at}'::text[]));
    end if;
    perform ci_protected_expect_cover(items);
    return null;
  end $$;`;

const RELATION = `
  create function ci_protected_relation() returns trigger language plpgsql as $$
  declare since timestamptz := history_since();
  begin
    if current_setting('interlock.protection', true) = 'open' then return null; end if;
    perform ci_protected_expect_cover(array(
      select c.id from changed x join configuration_item c on c.id in (x.source_id, x.target_id)
      where c.state <> 'RETIRED'
        and (ci_protected_state(c.lifecycle_state) or (since is not null and ci_protected_was(c.id, since)))));
    return null;
  end $$;`;
