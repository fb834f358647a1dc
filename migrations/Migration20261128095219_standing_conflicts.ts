import { Migration } from '@mikro-orm/migrations';

/** Conflicts of work with media that are not authorised. Triggers note the releases whose media or state change. */
export class Migration20261128095219_standing_conflicts extends Migration {
  override up(): void {
    this.addSql(`alter table "schedule_conflict" drop constraint "schedule_conflict_kind_check";`);
    this.addSql(
      `alter table "schedule_conflict" add constraint "schedule_conflict_kind_check" check ("kind" in ('CI_CONFLICT', 'IMPACTED_CI_CONFLICT', 'REDUNDANCY_CONFLICT', 'BLACKOUT', 'OUTSIDE_CHANGE_WINDOW', 'RESOURCE_OVERLOAD', 'MEDIA_NOT_AUTHORISED'));`,
    );

    // Of media all releases are noted, booked or not: a recall locks no release, and one could be booked meanwhile.
    this.addSql(`
      create function schedule_media_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (release_id)
        select c.release_id from release_content c join release r on r.id = c.release_id
        where c.dml_item_version_id = new.id and r.state not in ('CLOSED', 'CANCELLED')
        union
        select d.release_id from distribution_content c join distribution d on d.id = c.distribution_id
        where c.dml_item_version_id = new.id and d.state in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED');
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_media_changed" after update of "state" on "dml_item_version" for each row when ((old.state = 'AUTHORISED') <> (new.state = 'AUTHORISED') or (old.state in ('RECALLED', 'RETIRED')) <> (new.state in ('RECALLED', 'RETIRED'))) execute function schedule_media_changed();`,
    );
    this.addSql(`
      create function schedule_note_booked(ids uuid[]) returns void language sql as $$
        insert into schedule_stale (release_id)
        select distinct w.release_id from schedule_work w where w.release_id = any(ids);
      $$;`);
    this.addSql(`
      create function schedule_package_changed() returns trigger language plpgsql as $$
      begin
        if tg_table_name = 'release_content' then
          perform schedule_note_booked(array(select x.release_id from changed x));
        else
          perform schedule_note_booked(array(
            select d.release_id from changed x join distribution d on d.id = x.distribution_id));
        end if;
        return null;
      end $$;`);
    for (const table of ['release_content', 'distribution_content']) {
      this.addSql(
        `create trigger "schedule_package_grown" after insert on "${table}" referencing new table as changed for each statement execute function schedule_package_changed();`,
      );
      this.addSql(
        `create trigger "schedule_package_shrunk" after delete on "${table}" referencing old table as changed for each statement execute function schedule_package_changed();`,
      );
    }
    this.addSql(`
      create function schedule_package_edited() returns trigger language plpgsql as $$
      begin
        perform schedule_note_booked(array[old.release_id, new.release_id]);
        return null;
      end $$;`);
    // The digests of a package are baselined without a change of its versions.
    this.addSql(
      `create trigger "schedule_package_edited" after update on "release_content" for each row when (old.dml_item_version_id <> new.dml_item_version_id or old.release_id <> new.release_id) execute function schedule_package_edited();`,
    );
    // A release that is being distributed leaves its media to its distributions.
    this.addSql(`
      create function schedule_release_is_ahead(state text) returns boolean language sql immutable as $$
        select state in ('DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED');
      $$;`);
    this.addSql(`
      create function schedule_release_moved_on() returns trigger language plpgsql as $$
      begin
        perform schedule_note_booked(array[new.id]);
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_release_moved_on" after update of "state" on "release" for each row when (schedule_release_is_ahead(old.state) <> schedule_release_is_ahead(new.state)) execute function schedule_release_moved_on();`,
    );
    this.addSql(
      `create trigger "schedule_distribution_missed" after update of "state" on "distribution" for each row when ((old.state in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED')) <> (new.state in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED')) and schedule_distribution_at_tool(old.state) = schedule_distribution_at_tool(new.state)) execute function schedule_distribution_changed();`,
    );

    // What is booked already is found by the first passes of the settling job.
    this.addSql(`
      insert into schedule_stale (release_id)
      select distinct release_id from schedule_work where ends_at > now() - interval '7 days';`);
  }
}
