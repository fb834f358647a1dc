import { Migration } from '@mikro-orm/migrations';

/** How long the back-out of a release takes, and until when it would last for kept work. */
export class Migration20261128182500_time_to_back_out extends Migration {
  override up(): void {
    this.addSql(`alter table "release" add "back_out_minutes" int null;`);
    this.addSql(`select history_track('release');`);
    this.addSql(`alter table "schedule_conflict" drop constraint "schedule_conflict_kind_check";`);
    this.addSql(
      `alter table "schedule_conflict" add constraint "schedule_conflict_kind_check" check ("kind" in ('CI_CONFLICT', 'IMPACTED_CI_CONFLICT', 'REDUNDANCY_CONFLICT', 'BLACKOUT', 'OUTSIDE_CHANGE_WINDOW', 'RESOURCE_OVERLOAD', 'TEAM_OVERLOAD', 'MEDIA_NOT_AUTHORISED', 'DEPENDENCY_ORDER', 'NO_TIME_TO_BACK_OUT'));`,
    );
    // Nobody has said how long a back-out takes, so there is nothing to find yet.
    this.addSql(`alter table "schedule_work" add "back_out_ends_at" timestamptz null;`);
    this.addSql(`update "schedule_work" set "back_out_ends_at" = "ends_at";`);
    this.addSql(`alter table "schedule_work" alter column "back_out_ends_at" set not null;`);
    this.addSql(`create index "schedule_work_back_out_ends_at_index" on "schedule_work" ("back_out_ends_at");`);
    this.addSql(
      `create trigger "schedule_back_out_timed" after update of "back_out_minutes" on "release" for each row when (old.back_out_minutes is distinct from new.back_out_minutes) execute function schedule_release_moved_on();`,
    );
  }
}
