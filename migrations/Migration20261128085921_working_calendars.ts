import { Migration } from '@mikro-orm/migrations';

/**
 * Working calendars, absences and the capacity of teams. Triggers note the people with tasks whose availability changed,
 * because what they have to do may no longer fit.
 */
export class Migration20261128085921_working_calendars extends Migration {
  override up(): void {
    this.addSql(
      `create table "absence" ("id" uuid not null, "person_id" uuid not null, "starts_at" timestamptz not null, "ends_at" timestamptz not null, "withdrawn_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "absence_person_id_ends_at_index" on "absence" ("person_id", "ends_at");`);
    this.addSql(`create index "absence_starts_at_id_index" on "absence" ("starts_at", "id");`);
    this.addSql(`create index "absence_ends_at_id_index" on "absence" ("ends_at", "id");`);

    this.addSql(
      `create table "working_calendar" ("id" uuid not null, "name" text not null, "time_zone" text not null, "hours" jsonb not null default '[]', "exceptions" jsonb not null default '[]', "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create unique index "working_calendar_one_name" on "working_calendar" (folded_name("name"));`);

    this.addSql(
      `create table "working_calendar_use" ("id" uuid not null, "working_calendar_id" uuid not null, "person_id" uuid null, "team_id" uuid null, "ci_id" uuid null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "working_calendar_use_working_calendar_id_index" on "working_calendar_use" ("working_calendar_id");`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_person_id_unique" unique ("person_id");`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_team_id_unique" unique ("team_id");`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_ci_id_unique" unique ("ci_id");`,
    );

    this.addSql(`alter table "team" add "max_tasks_at_once" int null;`);
    this.addSql(`alter table "team" add constraint "team_has_some_capacity" check (max_tasks_at_once >= 1);`);

    this.addSql(
      `alter table "absence" add constraint "absence_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(`alter table "absence" add constraint "absence_ends_after_start" check (starts_at < ends_at);`);

    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_working_calendar_id_foreign" foreign key ("working_calendar_id") references "working_calendar" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_team_id_foreign" foreign key ("team_id") references "team" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "working_calendar_use" add constraint "working_calendar_use_is_by_one" check (num_nonnulls(person_id, team_id, ci_id) = 1);`,
    );

    this.addSql(`
      create function schedule_note_people(ids uuid[]) returns void language sql as $$
        insert into schedule_stale (person_id)
        select distinct k.assignee_id from task k
        where k.assignee_id = any(ids) and k.planned_start < k.planned_end
          and k.planned_end > now() - interval '7 days' and k.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED')
      $$;`);
    this.addSql(`
      create function schedule_members_of(ids uuid[]) returns uuid[] language sql stable as $$
        select coalesce(array_agg(m.person_id), '{}') from team_member m where m.team_id = any(ids)
      $$;`);
    this.addSql(`
      create function schedule_absence_changed() returns trigger language plpgsql as $$
      begin
        perform schedule_note_people(array[new.person_id]);
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_absence_added" after insert on "absence" for each row execute function schedule_absence_changed();`,
    );
    this.addSql(
      `create trigger "schedule_absence_changed" after update on "absence" for each row execute function schedule_absence_changed();`,
    );
    this.addSql(`
      create function schedule_calendar_changed() returns trigger language plpgsql as $$
      begin
        perform schedule_note_people(array(
          select x.person_id from working_calendar_use x
          where x.working_calendar_id = new.id and x.person_id is not null
          union
          select m.person_id from working_calendar_use x join team_member m on m.team_id = x.team_id
          where x.working_calendar_id = new.id));
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_calendar_changed" after update of "time_zone", "hours", "exceptions" on "working_calendar" for each row execute function schedule_calendar_changed();`,
    );
    this.addSql(`
      create function schedule_calendar_use_changed() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'INSERT' then
          perform schedule_note_people(array[old.person_id] || schedule_members_of(array[old.team_id]));
        end if;
        if tg_op <> 'DELETE' then
          perform schedule_note_people(array[new.person_id] || schedule_members_of(array[new.team_id]));
        end if;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_calendar_use_changed" after insert or update or delete on "working_calendar_use" for each row execute function schedule_calendar_use_changed();`,
    );
    this.addSql(`
      create function schedule_member_changed() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'INSERT' then
          perform schedule_note_people(array[old.person_id] || schedule_members_of(array[old.team_id]));
        end if;
        if tg_op <> 'DELETE' then
          perform schedule_note_people(schedule_members_of(array[new.team_id]));
        end if;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_member_changed" after insert or update or delete on "team_member" for each row execute function schedule_member_changed();`,
    );
    this.addSql(`
      create function schedule_team_changed() returns trigger language plpgsql as $$
      begin
        perform schedule_note_people(schedule_members_of(array[new.id]));
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_team_changed" after update of "max_tasks_at_once" on "team" for each row when (old.max_tasks_at_once is distinct from new.max_tasks_at_once) execute function schedule_team_changed();`,
    );
  }
}
