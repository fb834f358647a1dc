import { Migration } from '@mikro-orm/migrations';

/** A rollout goes in waves, and asks people when one of them trips a threshold. */
export class Migration20261127164605_waves extends Migration {
  override up(): void {
    this.addSql(
      `create table "distribution_wave" ("id" uuid not null, "distribution_id" uuid not null, "position" int not null, "name" text not null, "state" text not null default 'PLANNED', "advance" text not null default 'AUTOMATIC', "soak_minutes" int not null default 0, "deadline_minutes" int null, "max_failures" int null, "max_failure_percent" int null, "min_success_percent" int null, "opens_at" timestamptz null, "closes_at" timestamptz null, "explanation" text[] not null default '{}', "accepted_failures" int not null default 0, "attempt" int not null default 0, "started_at" timestamptz null, "ended_at" timestamptz null, "soak_until" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "distribution_wave" add constraint "distribution_wave_distribution_id_position_unique" unique ("distribution_id", "position");`,
    );

    this.addSql(
      `create table "decision_point" ("id" uuid not null, "distribution_id" uuid not null, "wave_id" uuid not null, "state" text not null default 'OPEN', "trip" text not null, "message" text not null, "default_choice" text not null, "due_at" timestamptz null, "claimed_by_id" uuid null, "claimed_at" timestamptz null, "choice" text null, "decided_by_id" uuid null, "decided_at" timestamptz null, "reason" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "decision_point_distribution_id_id_index" on "decision_point" ("distribution_id", "id");`,
    );
    this.addSql(`create index "decision_point_wave_id_index" on "decision_point" ("wave_id");`);
    this.addSql(`create index "decision_point_state_due_at_index" on "decision_point" ("state", "due_at");`);
    this.addSql(`create index "decision_point_claimed_by_id_index" on "decision_point" ("claimed_by_id");`);
    this.addSql(
      `create index "decision_point_due_at_or_never" on "decision_point" (coalesce("due_at", 'infinity'), "id");`,
    );

    this.addSql(`alter table "distribution" drop constraint "distribution_state_check";`);
    this.addSql(
      `alter table "distribution" add "wave_plan" jsonb null, add "decision_default" text not null default 'STOP', add "decision_minutes" int null;`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_decision_default_check" check ("decision_default" in ('RETRY', 'EXCLUDE', 'CONTINUE', 'BACK_OUT', 'STOP'));`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_state_check" check ("state" in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'STARTING', 'RUNNING', 'BETWEEN_WAVES', 'AWAITING_DECISION', 'SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'PAUSED', 'STOPPING', 'STOPPED', 'BACKING_OUT', 'BACKED_OUT', 'START_UNKNOWN', 'MISSED'));`,
    );

    this.addSql(
      `alter table "target_execution" add "wave_id" uuid null, add "excluded" boolean not null default false;`,
    );
    this.addSql(
      `alter table "target_execution" add constraint "target_execution_wave_id_foreign" foreign key ("wave_id") references "distribution_wave" ("id") on delete set null;`,
    );
    this.addSql(`create index "target_execution_wave_id_state_index" on "target_execution" ("wave_id", "state");`);

    this.addSql(
      `alter table "distribution_wave" add constraint "distribution_wave_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution_wave" add constraint "distribution_wave_state_check" check ("state" in ('PLANNED', 'RUNNING', 'TRIPPED', 'PASSED', 'CANCELLED'));`,
    );
    this.addSql(
      `alter table "distribution_wave" add constraint "distribution_wave_advance_check" check ("advance" in ('AUTOMATIC', 'MANUAL', 'VERIFIED'));`,
    );

    this.addSql(
      `alter table "decision_point" add constraint "decision_point_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_wave_id_foreign" foreign key ("wave_id") references "distribution_wave" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_claimed_by_id_foreign" foreign key ("claimed_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_decided_by_id_foreign" foreign key ("decided_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_state_check" check ("state" in ('OPEN', 'DECIDED', 'WITHDRAWN'));`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_trip_check" check ("trip" in ('FAILURES', 'FAILURE_PERCENT', 'SUCCESS_PERCENT'));`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_default_choice_check" check ("default_choice" in ('RETRY', 'EXCLUDE', 'CONTINUE', 'BACK_OUT', 'STOP'));`,
    );
    this.addSql(
      `alter table "decision_point" add constraint "decision_point_choice_check" check ("choice" in ('RETRY', 'EXCLUDE', 'CONTINUE', 'BACK_OUT', 'STOP'));`,
    );
  }

  override down(): void {
    this.addSql(`alter table "decision_point" drop constraint "decision_point_wave_id_foreign";`);
    this.addSql(`alter table "target_execution" drop constraint "target_execution_wave_id_foreign";`);

    this.addSql(`drop table if exists "distribution_wave" cascade;`);
    this.addSql(`drop table if exists "decision_point" cascade;`);

    this.addSql(`alter table "distribution" drop constraint "distribution_decision_default_check";`);
    this.addSql(`alter table "distribution" drop constraint "distribution_state_check";`);
    this.addSql(
      `alter table "distribution" drop column "wave_plan", drop column "decision_default", drop column "decision_minutes";`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_state_check" check ("state" in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'STARTING', 'RUNNING', 'SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'PAUSED', 'STOPPING', 'STOPPED', 'BACKING_OUT', 'BACKED_OUT', 'START_UNKNOWN', 'MISSED'));`,
    );

    this.addSql(`drop index "target_execution_wave_id_state_index";`);
    this.addSql(`alter table "target_execution" drop column "wave_id", drop column "excluded";`);
  }
}
