import { Migration } from '@mikro-orm/migrations';

/**
 * Conflicts are kept. What occupies items in time, what it touches and what clashes is stored, and triggers note which
 * releases and people have to be looked at again, whoever writes.
 */
export class Migration20261128041000_kept_conflicts extends Migration {
  override up(): void {
    this.addSql(
      `create table "schedule_conflict" ("key" text not null, "kind" text not null, "severity" text not null, "starts_at" timestamptz not null, "ends_at" timestamptz not null, "tier" smallint not null, "left_id" uuid not null, "right_id" uuid not null, "left_release_id" uuid null, "right_release_id" uuid null, "ci_id" uuid null, "person_id" uuid null, "path" uuid[] not null, "relation_ids" uuid[] not null, primary key ("key"));`,
    );
    this.addSql(
      `create index "schedule_conflict_order" on "schedule_conflict" ("severity", "tier", "starts_at", "key" collate "C");`,
    );
    this.addSql(`create index "schedule_conflict_left_id_index" on "schedule_conflict" ("left_id");`);
    this.addSql(`create index "schedule_conflict_left_release_id_index" on "schedule_conflict" ("left_release_id");`);
    this.addSql(`create index "schedule_conflict_right_release_id_index" on "schedule_conflict" ("right_release_id");`);
    this.addSql(`create index "schedule_conflict_window" on "schedule_conflict" ("right_id");`);
    this.addSql(`create index "schedule_conflict_person_id_index" on "schedule_conflict" ("person_id");`);

    this.addSql(
      `create table "schedule_reach" ("work_id" uuid not null, "ci_id" uuid not null, "steps" smallint not null, "via_id" uuid null, "starts_at" timestamptz not null, "ends_at" timestamptz not null, "tier" smallint not null, primary key ("work_id", "ci_id"));`,
    );
    this.addSql(
      `create index "schedule_reach_ci_id_tier_starts_at_index" on "schedule_reach" ("ci_id", "tier", "starts_at");`,
    );

    this.addSql(
      `create table "schedule_stale" ("id" bigserial primary key, "release_id" uuid null, "person_id" uuid null);`,
    );

    this.addSql(
      `create table "schedule_work" ("id" uuid not null, "release_id" uuid not null, "distribution_id" uuid null, "entry_id" uuid null, "starts_at" timestamptz not null, "ends_at" timestamptz not null, "tier" smallint not null, "reach_digest" text null, primary key ("id"));`,
    );
    this.addSql(`create index "schedule_work_release_id_index" on "schedule_work" ("release_id");`);
    this.addSql(`create index "schedule_work_unkept" on "schedule_work" ("release_id") where reach_digest is null;`);
    this.addSql(`create index "schedule_stale_release_id_index" on "schedule_stale" ("release_id");`);
    this.addSql(`create index "schedule_stale_person_id_index" on "schedule_stale" ("person_id");`);
    this.addSql(`create index "schedule_work_ends_at_index" on "schedule_work" ("ends_at");`);
    this.addSql(`create index "schedule_work_tier_starts_at_index" on "schedule_work" ("tier", "starts_at");`);

    this.addSql(
      `alter table "schedule_conflict" add constraint "schedule_conflict_kind_check" check ("kind" in ('CI_CONFLICT', 'IMPACTED_CI_CONFLICT', 'REDUNDANCY_CONFLICT', 'BLACKOUT', 'OUTSIDE_CHANGE_WINDOW', 'RESOURCE_OVERLOAD'));`,
    );
    this.addSql(
      `alter table "schedule_conflict" add constraint "schedule_conflict_severity_check" check ("severity" in ('LOW', 'MEDIUM', 'HIGH'));`,
    );

    this.addSql(
      `alter table "schedule_work" add constraint "schedule_work_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete cascade;`,
    );

    // Number of the lock: src/services/schedule/schedule-lock.ts. Bookings hold it alone; whoever changes what impact
    // follows shares it, so that neither misses the other.
    this.addSql(`
      create function schedule_note_impact(items uuid[]) returns void language sql as $$
        insert into schedule_stale (release_id)
        select distinct w.release_id
        from schedule_reach r join schedule_work w on w.id = r.work_id
        where r.ci_id = any(items)
        union
        select w.release_id from schedule_work w where w.reach_digest is null and cardinality(items) > 0;
      $$;`);
    this.addSql(`
      create function schedule_ends_of_impact(kind text, source uuid, target uuid) returns setof uuid
      language sql immutable as $$
        select target where kind in ('DEPENDS_ON', 'RUNS_ON', 'HOSTED_BY', 'USES', 'CONNECTED_TO')
        union all
        select source where kind in ('MEMBER_OF', 'CONTAINS', 'PROTECTS', 'CONNECTED_TO')
        union all
        select target where kind = 'MEMBER_OF';
      $$;`);
    this.addSql(`
      create function schedule_relation_changed() returns trigger language plpgsql as $$
      declare items uuid[];
      begin
        perform pg_advisory_xact_lock_shared(7301942003);
        if tg_op = 'INSERT' then
          items := array(
            select distinct e.id from added x, schedule_ends_of_impact(x.kind, x.source_id, x.target_id) e(id));
        elsif tg_op = 'DELETE' then
          items := array(
            select distinct e.id from removed x, schedule_ends_of_impact(x.kind, x.source_id, x.target_id) e(id));
        else
          items := array(
            select distinct e.id from (select * from added union all select * from removed) x,
              schedule_ends_of_impact(x.kind, x.source_id, x.target_id) e(id));
        end if;
        perform schedule_note_impact(items);
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_relation_added" after insert on "ci_relation" referencing new table as added for each statement execute function schedule_relation_changed();`,
    );
    this.addSql(
      `create trigger "schedule_relation_removed" after delete on "ci_relation" referencing old table as removed for each statement execute function schedule_relation_changed();`,
    );
    this.addSql(
      `create trigger "schedule_relation_updated" after update on "ci_relation" referencing old table as removed new table as added for each statement execute function schedule_relation_changed();`,
    );
    // An item that goes out of use or comes back: itself, what leads to it, and the groups it is a member of.
    this.addSql(`
      create function schedule_item_changed() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock_shared(7301942003);
        perform schedule_note_impact(array(
          select new.id
          union
          select e.id from ci_relation x, schedule_ends_of_impact(x.kind, x.source_id, x.target_id) e(id)
          where x.source_id = new.id or x.target_id = new.id));
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_item_changed" after update of "state" on "configuration_item" for each row when ((old.state = 'RETIRED') <> (new.state = 'RETIRED')) execute function schedule_item_changed();`,
    );
    this.addSql(`
      create function schedule_entry_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (release_id)
        select x.id from (select case when tg_op <> 'INSERT' then old.release_id end as id
          union select case when tg_op <> 'DELETE' then new.release_id end) x
        where x.id is not null;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_entry_changed" after insert or update or delete on "schedule_entry" for each row execute function schedule_entry_changed();`,
    );
    this.addSql(`
      create function schedule_scope_changed() returns trigger language plpgsql as $$
      begin
        if tg_table_name = 'release_ci' then
          insert into schedule_stale (release_id)
          select distinct x.release_id from changed x
          where exists (select from schedule_work w where w.release_id = x.release_id);
        else
          insert into schedule_stale (release_id)
          select distinct w.release_id from changed x join distribution d on d.id = x.distribution_id
            join schedule_work w on w.release_id = d.release_id;
        end if;
        return null;
      end $$;`);
    for (const table of ['release_ci', 'target_execution']) {
      this.addSql(
        `create trigger "schedule_scope_grown" after insert on "${table}" referencing new table as changed for each statement execute function schedule_scope_changed();`,
      );
      this.addSql(
        `create trigger "schedule_scope_shrunk" after delete on "${table}" referencing old table as changed for each statement execute function schedule_scope_changed();`,
      );
    }
    this.addSql(
      `create trigger "schedule_scope_edited" after update on "release_ci" referencing new table as changed for each statement execute function schedule_scope_changed();`,
    );
    this.addSql(`
      create function schedule_distribution_at_tool(state text) returns boolean language sql immutable as $$
        select state in ('STARTING', 'START_UNKNOWN', 'RUNNING', 'BETWEEN_WAVES', 'AWAITING_DECISION', 'PAUSED',
          'STOPPING', 'BACKING_OUT');
      $$;`);
    this.addSql(`
      create function schedule_distribution_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (release_id) values (new.release_id);
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_distribution_changed" after update of "state", "started_at" on "distribution" for each row when (schedule_distribution_at_tool(old.state) <> schedule_distribution_at_tool(new.state) or old.started_at is distinct from new.started_at) execute function schedule_distribution_changed();`,
    );
    // Until when a run that a tool has occupies its targets: some minutes longer than its deadline, and to a full ten
    // minutes, so that the waves of a rollout do not move its work each time.
    this.addSql(`
      create function schedule_end_of_run(deadline timestamptz) returns timestamptz
      language sql immutable strict parallel safe as $$
        select to_timestamp(ceil(extract(epoch from deadline + interval '1 minute') / 600) * 600);
      $$;`);
    this.addSql(`
      create function schedule_run_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (release_id)
        select d.release_id
        from distribution d
        left join schedule_entry e on e.distribution_id = d.id and e.kind = 'DISTRIBUTION' and e.live
        left join schedule_work w on w.release_id = d.release_id and w.distribution_id = d.id
        where d.id = new.distribution_id
          and w.ends_at is distinct from greatest(e.ends_at, schedule_end_of_run(new.deadline));
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_run_added" after insert on "distribution_run" for each row execute function schedule_run_changed();`,
    );
    this.addSql(
      `create trigger "schedule_run_moved" after update of "deadline" on "distribution_run" for each row when (old.deadline is distinct from new.deadline) execute function schedule_run_changed();`,
    );
    // Only people who have something to do at a time can have too much to do.
    this.addSql(`
      create function schedule_task_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (person_id)
        select x.id from (
          select case when tg_op <> 'INSERT' and old.planned_start < old.planned_end then old.assignee_id end as id
          union
          select case when tg_op <> 'DELETE' and new.planned_start < new.planned_end then new.assignee_id end) x
        where x.id is not null;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_task_added" after insert on "task" for each row when (new.assignee_id is not null) execute function schedule_task_changed();`,
    );
    this.addSql(
      `create trigger "schedule_task_removed" after delete on "task" for each row when (old.assignee_id is not null) execute function schedule_task_changed();`,
    );
    this.addSql(
      `create trigger "schedule_task_changed" after update of "assignee_id", "planned_start", "planned_end", "state" on "task" for each row when (old.assignee_id is distinct from new.assignee_id or old.planned_start is distinct from new.planned_start or old.planned_end is distinct from new.planned_end or (old.state in ('COMPLETED', 'SKIPPED', 'CANCELLED')) <> (new.state in ('COMPLETED', 'SKIPPED', 'CANCELLED'))) execute function schedule_task_changed();`,
    );
    this.addSql(`
      create function schedule_release_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (person_id)
        select distinct k.assignee_id from task k
        where k.release_id = new.id and k.assignee_id is not null and k.planned_start < k.planned_end
          and k.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED');
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_release_changed" after update of "state" on "release" for each row when ((old.state in ('CLOSED', 'CANCELLED')) <> (new.state in ('CLOSED', 'CANCELLED'))) execute function schedule_release_changed();`,
    );

    // What is booked already is found by the first passes of the settling job.
    this.addSql(`
      insert into schedule_stale (release_id)
      select distinct release_id from schedule_entry
      where live and release_id is not null and ends_at > now() - interval '7 days'
      union
      select release_id from distribution where schedule_distribution_at_tool(state);`);
    this.addSql(`
      insert into schedule_stale (person_id)
      select distinct assignee_id from task
      where assignee_id is not null and planned_start < planned_end and planned_end > now() - interval '7 days'
        and state not in ('COMPLETED', 'SKIPPED', 'CANCELLED');`);
  }
}
