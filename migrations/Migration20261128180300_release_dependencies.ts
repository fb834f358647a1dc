import { Migration } from '@mikro-orm/migrations';

/** Releases that depend on others, and when a release became deployed. Triggers note what is booked of both. */
export class Migration20261128180300_release_dependencies extends Migration {
  override up(): void {
    this.addSql(
      `create table "release_dependency" ("id" uuid not null, "release_id" uuid not null, "predecessor_id" uuid not null, "added_by_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "release_dependency_predecessor_id_index" on "release_dependency" ("predecessor_id");`);
    this.addSql(
      `alter table "release_dependency" add constraint "release_dependency_release_id_predecessor_id_unique" unique ("release_id", "predecessor_id");`,
    );
    this.addSql(`alter table "release" add "deployed_at" timestamptz null;`);
    this.addSql(`alter table "schedule_conflict" drop constraint "schedule_conflict_kind_check";`);
    this.addSql(
      `alter table "schedule_conflict" add constraint "schedule_conflict_kind_check" check ("kind" in ('CI_CONFLICT', 'IMPACTED_CI_CONFLICT', 'REDUNDANCY_CONFLICT', 'BLACKOUT', 'OUTSIDE_CHANGE_WINDOW', 'RESOURCE_OVERLOAD', 'TEAM_OVERLOAD', 'MEDIA_NOT_AUTHORISED', 'DEPENDENCY_ORDER'));`,
    );
    this.addSql(
      `alter table "release_dependency" add constraint "release_dependency_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "release_dependency" add constraint "release_dependency_predecessor_id_foreign" foreign key ("predecessor_id") references "release" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "release_dependency" add constraint "release_dependency_added_by_id_foreign" foreign key ("added_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(`select history_track('release_dependency');`);
    this.addSql(`select history_track('release');`);
    // A release that was backed out since has another last outcome.
    this.addSql(`
      update release r set deployed_at = e.at
      from (
        select distinct on (aggregate_id) aggregate_id as id, type, at from domain_event
        where type in ('release.deployed', 'release.partially-deployed', 'release.failed', 'release.back-out-started')
        order by aggregate_id, sequence desc) e
      where e.id = r.id and e.type = 'release.deployed' and r.state in ('DEPLOYED', 'IN_REVIEW', 'CLOSED');`);

    this.addSql(`
      create function schedule_dependency_changed() returns trigger language plpgsql as $$
      begin
        perform schedule_note_booked(array[
          case when tg_op <> 'INSERT' then old.release_id end, case when tg_op <> 'DELETE' then new.release_id end]);
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_dependency_changed" after insert or update or delete on "release_dependency" for each row execute function schedule_dependency_changed();`,
    );
    this.addSql(
      `create trigger "schedule_release_deployed" after update of "deployed_at" on "release" for each row when ((old.deployed_at is null) <> (new.deployed_at is null)) execute function schedule_release_moved_on();`,
    );
  }
}
