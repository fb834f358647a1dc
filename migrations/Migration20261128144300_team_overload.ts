import { Migration } from '@mikro-orm/migrations';

/** Teams with too many tasks at once. Triggers note teams whose members or limit change; tasks note their people. */
export class Migration20261128144300_team_overload extends Migration {
  override up(): void {
    this.addSql(`alter table "schedule_conflict" drop constraint "schedule_conflict_kind_check";`);
    this.addSql(`alter table "schedule_conflict" add "team_id" uuid null;`);
    this.addSql(`create index "schedule_conflict_team_id_index" on "schedule_conflict" ("team_id");`);
    this.addSql(
      `alter table "schedule_conflict" add constraint "schedule_conflict_kind_check" check ("kind" in ('CI_CONFLICT', 'IMPACTED_CI_CONFLICT', 'REDUNDANCY_CONFLICT', 'BLACKOUT', 'OUTSIDE_CHANGE_WINDOW', 'RESOURCE_OVERLOAD', 'TEAM_OVERLOAD', 'MEDIA_NOT_AUTHORISED'));`,
    );
    this.addSql(`alter table "schedule_stale" add "team_id" uuid null;`);
    this.addSql(`create index "schedule_stale_team_id_index" on "schedule_stale" ("team_id");`);

    // The person who left may have had the tasks: the team is noted itself, because nobody else leads to it then.
    this.addSql(`
      create function schedule_team_members_changed() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (team_id)
        select case when tg_op <> 'INSERT' then old.team_id end where tg_op <> 'INSERT'
        union
        select case when tg_op <> 'DELETE' then new.team_id end where tg_op <> 'DELETE';
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_team_members_changed" after insert or update or delete on "team_member" for each row execute function schedule_team_members_changed();`,
    );
    this.addSql(`
      create function schedule_team_limited() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (team_id) values (new.id);
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_team_limited" after update of "max_tasks_at_once" on "team" for each row when (old.max_tasks_at_once is distinct from new.max_tasks_at_once) execute function schedule_team_limited();`,
    );
    this.addSql(`
      create function schedule_person_came_or_left() returns trigger language plpgsql as $$
      begin
        insert into schedule_stale (team_id) select m.team_id from team_member m where m.person_id = new.id;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_person_came_or_left" after update of "active" on "person" for each row when (old.active <> new.active) execute function schedule_person_came_or_left();`,
    );

    // What is planned already is found by the first passes of the settling job.
    this.addSql(`insert into schedule_stale (team_id) select id from team where max_tasks_at_once is not null;`);
  }
}
