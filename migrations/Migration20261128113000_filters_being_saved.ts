import { Migration } from '@mikro-orm/migrations';

/**
 * An edit of a configuration item and a window with a filter that are saved at the same time find each other without a
 * lock on the table: the edit holds a lock of its own that the window waits for, or notes its work while one is saved.
 */
export class Migration20261128113000_filters_being_saved extends Migration {
  override up(): void {
    // Two statements: the second one sees a window that was saved before the first one got the lock.
    this.addSql(`
      create or replace function schedule_item_described() returns trigger language plpgsql as $$
      declare is_being_saved boolean := not pg_try_advisory_xact_lock_shared(7301942013);
      begin
        if is_being_saved or exists (select from schedule_window where active and filter is not null) then
          perform pg_advisory_xact_lock_shared(7301942003);
          perform schedule_note_impact(array[new.id]);
        end if;
        return null;
      end $$;`);
  }

  override down(): void {
    this.addSql(`
      create or replace function schedule_item_described() returns trigger language plpgsql as $$
      begin
        if exists (select from schedule_window where active and filter is not null) then
          perform pg_advisory_xact_lock_shared(7301942003);
          perform schedule_note_impact(array[new.id]);
        end if;
        return null;
      end $$;`);
  }
}
