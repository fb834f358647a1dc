import { Migration } from '@mikro-orm/migrations';

/** Windows apply to services, with what they depend on, and to what a filter finds. */
export class Migration20261128091044_window_scope extends Migration {
  override up(): void {
    this.addSql(`alter table "schedule_window" add "filter" jsonb null;`);

    this.addSql(`alter table "schedule_window_ci" drop constraint "schedule_window_ci_window_id_ci_id_unique";`);
    this.addSql(`alter table "schedule_window_ci" add "as_service" boolean not null default false;`);
    this.addSql(
      `alter table "schedule_window_ci" add constraint "schedule_window_ci_window_id_ci_id_as_service_unique" unique ("window_id", "ci_id", "as_service");`,
    );

    // An item that may begin or cease to match the filter of a window. Members of groups are noted by their relations.
    this.addSql(`
      create function schedule_item_described() returns trigger language plpgsql as $$
      begin
        if exists (select from schedule_window where active and filter is not null) then
          perform pg_advisory_xact_lock_shared(7301942003);
          perform schedule_note_impact(array[new.id]);
        end if;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "schedule_item_described" after update of "number", "name", "ci_class", "criticality", "state", "lifecycle_state", "owner_team_id", "external_source", "external_key" on "configuration_item" for each row when ((old.number, old.name, old.ci_class, old.criticality, old.state, old.lifecycle_state, old.owner_team_id, old.external_source, old.external_key) is distinct from (new.number, new.name, new.ci_class, new.criticality, new.state, new.lifecycle_state, new.owner_team_id, new.external_source, new.external_key)) execute function schedule_item_described();`,
    );
  }

  override down(): void {
    this.addSql(`drop trigger "schedule_item_described" on "configuration_item";`);
    this.addSql(`drop function schedule_item_described();`);
    this.addSql(`alter table "schedule_window" drop column "filter";`);

    this.addSql(
      `alter table "schedule_window_ci" drop constraint "schedule_window_ci_window_id_ci_id_as_service_unique";`,
    );
    this.addSql(`alter table "schedule_window_ci" drop column "as_service";`);
    this.addSql(
      `alter table "schedule_window_ci" add constraint "schedule_window_ci_window_id_ci_id_unique" unique ("window_id", "ci_id");`,
    );
  }
}
