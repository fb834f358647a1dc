import { Migration } from '@mikro-orm/migrations';

/** Every table of the first version. Migrations only go forward: a mistake is mended by a later one. */
export class Migration20261122000000_initial extends Migration {
  override name = 'Migration20261122000000_initial';

  override up(): void | Promise<void> {
    this.addSql(`create sequence "change_number_seq" start 1001;`);
    this.addSql(`create sequence "change_release_request_number_seq" start 1001;`);
    this.addSql(`create sequence "configuration_item_number_seq" start 1001;`);
    this.addSql(`create sequence "distribution_number_seq" start 1001;`);
    this.addSql(`create sequence "dml_item_number_seq" start 1001;`);
    this.addSql(`create sequence "dml_item_version_number_seq" start 1001;`);
    this.addSql(`create sequence "dml_repository_number_seq" start 1001;`);
    this.addSql(`create sequence "release_number_seq" start 1001;`);
    this.addSql(`create sequence "release_template_number_seq" start 1001;`);
    this.addSql(`create sequence "schedule_window_number_seq" start 1001;`);
    this.addSql(`create sequence "task_number_seq" start 1001;`);

    this.addSql(
      `create table "deployment_tool" ("id" uuid not null, "name" text not null, "adapter_id" text not null, "title" text not null default '', "state" text not null default 'STARTING', "detail" text null, "tool_version" text null, "capabilities" jsonb null, "configured" boolean not null default true, "probed_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "deployment_tool" add constraint "deployment_tool_name_unique" unique ("name");`);

    this.addSql(
      `create table "dml_repository" ("id" uuid not null, "number" text not null default ('DMR-'::text || nextval('dml_repository_number_seq'::regclass)), "name" text not null, "description" text not null default '', "location" text not null default '', "deployment_tool_id" uuid null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "dml_repository" add constraint "dml_repository_number_unique" unique ("number");`);
    this.addSql(`alter table "dml_repository" add constraint "dml_repository_name_unique" unique ("name");`);

    this.addSql(
      `create table "domain_event" ("id" uuid not null, "position" bigint null, "sequence" bigserial, "type" text not null, "aggregate_type" text not null, "aggregate_id" uuid not null, "aggregate_version" int not null, "topics" uuid[] not null, "at" timestamptz not null, "actor_id" uuid null, "actor_name" text not null, "request_id" text not null, "reason" text null, "payload" jsonb not null, primary key ("id"));`,
    );
    this.addSql(`alter table "domain_event" add constraint "domain_event_position_unique" unique ("position");`);
    this.addSql(`create index "domain_event_unrelayed" on "domain_event" ("sequence") where position is null;`);
    this.addSql(`create index "domain_event_topics" on "domain_event" using gin ("topics");`);
    this.addSql(
      `create index "domain_event_aggregate_id_position_index" on "domain_event" ("aggregate_id", "position");`,
    );

    this.addSql(
      `create table "idempotency_record" ("actor_id" uuid not null, "key" text not null, "operation" text not null, "input_hash" text not null, "result" jsonb not null, "created_at" timestamptz not null, primary key ("actor_id", "key"));`,
    );
    this.addSql(`create index "idempotency_record_created_at_index" on "idempotency_record" ("created_at");`);

    this.addSql(
      `create table "media_blob" ("id" uuid not null, "digest" text not null, "size" bigint not null, "created_at" timestamptz not null, "verified_at" timestamptz null, "checked_at" timestamptz null, "problem" text null, primary key ("id"));`,
    );
    this.addSql(`alter table "media_blob" add constraint "media_blob_digest_unique" unique ("digest");`);
    this.addSql(`create index "media_blob_checked_at_id_index" on "media_blob" ("checked_at", "id");`);

    this.addSql(
      `create table "person" ("id" uuid not null, "name" text not null, "email" text not null, "subject" text null, "kind" text not null default 'HUMAN', "roles" text[] not null default '{}', "active" boolean not null default true, "external_source" text null, "external_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "person" add constraint "person_email_unique" unique ("email");`);
    this.addSql(`alter table "person" add constraint "person_subject_unique" unique ("subject");`);
    this.addSql(
      `alter table "person" add constraint "person_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );

    this.addSql(
      `create table "change" ("id" uuid not null, "number" text not null default ('CHG-'::text || nextval('change_number_seq'::regclass)), "title" text not null, "description" text not null default '', "type" text not null default 'NORMAL', "risk" text not null default 'MEDIUM', "state" text not null default 'OPEN', "state_reason" text null, "outcome" text null, "back_out_plan" text not null default '', "assessment" text null, "requested_by_id" uuid not null, "authorised_by_id" uuid null, "authorised_at" timestamptz null, "planned_start" timestamptz null, "planned_end" timestamptz null, "implemented_at" timestamptz null, "external_source" text null, "external_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "change" add constraint "change_number_unique" unique ("number");`);
    this.addSql(`create index "change_state_id_index" on "change" ("state", "id");`);
    this.addSql(`create index "change_requested_by_id_index" on "change" ("requested_by_id");`);
    this.addSql(
      `alter table "change" add constraint "change_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );

    this.addSql(
      `create table "access_token" ("id" uuid not null, "name" text not null, "person_id" uuid not null, "roles" text[] not null, "secret_hash" text not null, "expires_at" timestamptz not null, "revoked_at" timestamptz null, "last_used_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "access_token_person_id_index" on "access_token" ("person_id");`);

    this.addSql(
      `create table "release_template" ("id" uuid not null, "number" text not null default ('TPL-'::text || nextval('release_template_number_seq'::regclass)), "name" text not null, "description" text not null default '', "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "release_template" add constraint "release_template_number_unique" unique ("number");`);
    this.addSql(`alter table "release_template" add constraint "release_template_name_unique" unique ("name");`);

    this.addSql(
      `create table "release_template_version" ("id" uuid not null, "template_id" uuid not null, "revision" int not null, "state" text not null default 'DRAFT', "plan" jsonb not null, "author_id" uuid not null, "published_by_id" uuid null, "published_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "release_template_version" add constraint "release_template_version_template_id_revision_unique" unique ("template_id", "revision");`,
    );
    this.addSql(
      `create unique index "release_template_version_one_published" on "release_template_version" ("template_id") where state = 'PUBLISHED';`,
    );

    this.addSql(
      `create table "release" ("id" uuid not null, "number" text not null default ('REL-'::text || nextval('release_number_seq'::regclass)), "name" text not null, "description" text not null default '', "kind" text not null default 'MINOR', "packaging" text not null default 'PACKAGE', "state" text not null default 'DRAFT', "skipped_states" text[] not null default '{}', "owner_id" uuid not null, "manager_id" uuid not null, "template_version_id" uuid null, "back_out_plan" text not null default '', "plan_start" timestamptz null, "planned_start" timestamptz null, "planned_end" timestamptz null, "on_hold_reason" text null, "on_hold_by_id" uuid null, "on_hold_at" timestamptz null, "accepted_by_id" uuid null, "accepted_at" timestamptz null, "accepted_fingerprint" text null, "state_reason" text null, "objectives_met" boolean null, "review_summary" text null, "lessons" text null, "external_source" text null, "external_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "release" add constraint "release_number_unique" unique ("number");`);
    this.addSql(`create index "release_state_id_index" on "release" ("state", "id");`);
    this.addSql(`create index "release_planned_start_id_index" on "release" ("planned_start", "id");`);
    this.addSql(`create index "release_name_id_index" on "release" ("name", "id");`);
    this.addSql(`create index "release_owner_id_index" on "release" ("owner_id");`);
    this.addSql(`create index "release_manager_id_index" on "release" ("manager_id");`);
    this.addSql(`create index "release_template_version_id_index" on "release" ("template_version_id");`);
    this.addSql(
      `alter table "release" add constraint "release_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );

    this.addSql(
      `create table "release_planner" ("id" uuid not null, "release_id" uuid not null, "person_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "release_planner" add constraint "release_planner_release_id_person_id_unique" unique ("release_id", "person_id");`,
    );

    this.addSql(
      `create table "release_change" ("id" uuid not null, "release_id" uuid not null, "change_id" uuid not null, "live" boolean not null default true, "added_by_id" uuid not null, "created_at" timestamptz not null, "left_at" timestamptz null, primary key ("id"));`,
    );
    this.addSql(`create index "release_change_release_id_id_index" on "release_change" ("release_id", "id");`);
    this.addSql(`create index "release_change_change_id_id_index" on "release_change" ("change_id", "id");`);
    this.addSql(`create unique index "release_change_one_live_release" on "release_change" ("change_id") where live;`);

    this.addSql(
      `create table "phase" ("id" uuid not null, "release_id" uuid not null, "name" text not null, "release_state" text not null, "position" int not null, "template_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "phase_release_id_position_id_index" on "phase" ("release_id", "position", "id");`);

    this.addSql(
      `create table "distribution" ("id" uuid not null, "number" text not null default ('DST-'::text || nextval('distribution_number_seq'::regclass)), "release_id" uuid not null, "deployment_tool_id" uuid not null, "name" text not null, "operation" text not null default 'INSTALL', "state" text not null default 'PLANNED', "state_reason" text null, "scheduled_start" timestamptz null, "scheduled_end" timestamptz null, "deadline_minutes" int not null default 60, "max_parallel" int null, "stop_after_failures" int null, "parameters" jsonb not null default '{}', "planned_by_id" uuid not null, "approval_required" boolean not null default false, "approved_by_id" uuid null, "approved_at" timestamptz null, "attempt" int not null default 0, "percent" int not null default 0, "started_at" timestamptz null, "ended_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "distribution" add constraint "distribution_number_unique" unique ("number");`);
    this.addSql(`create index "distribution_release_id_id_index" on "distribution" ("release_id", "id");`);
    this.addSql(`create index "distribution_deployment_tool_id_index" on "distribution" ("deployment_tool_id");`);
    this.addSql(
      `create index "distribution_state_scheduled_start_index" on "distribution" ("state", "scheduled_start");`,
    );

    this.addSql(
      `create table "distribution_run" ("id" uuid not null, "distribution_id" uuid not null, "attempt" int not null, "key" text not null, "fingerprint" text not null, "request" jsonb not null, "state" text not null default 'INTENT', "handle" jsonb null, "cursor" text null, "native_status" text null, "message" text null, "url" text null, "back_out" boolean not null default false, "submit_calls" int not null default 0, "submit_unclear" boolean not null default false, "failures" int not null default 0, "deadline" timestamptz not null, "next_observe_at" timestamptz null, "cancel_requested_at" timestamptz null, "cancel_mode" text null, "cancel_answer" text null, "control" text null, "callback_hash" text null, "last_callback_id" text null, "lease_owner" text null, "lease_until" timestamptz null, "fence" int not null default 0, "submitted_at" timestamptz null, "finished_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "distribution_run" add constraint "distribution_run_key_unique" unique ("key");`);
    this.addSql(`create index "distribution_run_next_observe_at_index" on "distribution_run" ("next_observe_at");`);
    this.addSql(`create index "distribution_run_callback_hash_index" on "distribution_run" ("callback_hash");`);
    this.addSql(
      `alter table "distribution_run" add constraint "distribution_run_distribution_id_attempt_unique" unique ("distribution_id", "attempt");`,
    );

    this.addSql(
      `create table "communication" ("id" uuid not null, "release_id" uuid not null, "audience" text not null, "message" text not null, "sent_by_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "communication_release_id_id_index" on "communication" ("release_id", "id");`);

    this.addSql(
      `create table "change_release_request" ("id" uuid not null, "number" text not null default ('CRR-'::text || nextval('change_release_request_number_seq'::regclass)), "change_id" uuid not null, "release_id" uuid null, "mode" text not null, "state" text not null default 'SUBMITTED', "justification" text not null default '', "requested_by_id" uuid not null, "decided_by_id" uuid null, "decided_at" timestamptz null, "decision_reason" text null, "expires_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_number_unique" unique ("number");`,
    );
    this.addSql(`create index "change_release_request_change_id_index" on "change_release_request" ("change_id");`);
    this.addSql(`create index "change_release_request_release_id_index" on "change_release_request" ("release_id");`);
    this.addSql(`create index "change_release_request_state_id_index" on "change_release_request" ("state", "id");`);
    this.addSql(
      `create unique index "change_release_request_one_open" on "change_release_request" ("change_id") where state = 'SUBMITTED';`,
    );

    this.addSql(
      `create table "schedule_entry" ("id" uuid not null, "kind" text not null, "title" text not null, "starts_at" timestamptz not null, "ends_at" timestamptz not null, "release_id" uuid null, "distribution_id" uuid null, "live" boolean not null default true, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "schedule_entry_starts_at_id_index" on "schedule_entry" ("starts_at", "id");`);
    this.addSql(`create index "schedule_entry_ends_at_index" on "schedule_entry" ("ends_at");`);
    this.addSql(`create index "schedule_entry_release_id_index" on "schedule_entry" ("release_id");`);
    this.addSql(
      `create unique index "schedule_entry_one_per_release" on "schedule_entry" ("release_id") where kind = 'RELEASE';`,
    );
    this.addSql(
      `create unique index "schedule_entry_one_per_distribution" on "schedule_entry" ("distribution_id") where kind = 'DISTRIBUTION';`,
    );

    this.addSql(
      `create table "schedule_window" ("id" uuid not null, "number" text not null default ('WIN-'::text || nextval('schedule_window_number_seq'::regclass)), "name" text not null, "description" text not null default '', "kind" text not null, "starts_at" timestamptz not null, "ends_at" timestamptz not null, "rrule" text null, "time_zone" text not null default 'UTC', "ci_classes" text[] not null default '{}', "active" boolean not null default true, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "schedule_window" add constraint "schedule_window_number_unique" unique ("number");`);
    this.addSql(`create index "schedule_window_starts_at_id_index" on "schedule_window" ("starts_at", "id");`);

    this.addSql(
      `create table "task" ("id" uuid not null, "number" text not null default ('TSK-'::text || nextval('task_number_seq'::regclass)), "release_id" uuid not null, "phase_id" uuid not null, "position" int not null, "template_key" text null, "name" text not null, "description" text not null default '', "kind" text not null default 'MANUAL', "state" text not null default 'PLANNED', "state_reason" text null, "mandatory" boolean not null default false, "assignee_role" text null, "assignee_id" uuid null, "planned_start" timestamptz null, "planned_end" timestamptz null, "actual_start" timestamptz null, "actual_end" timestamptz null, "evidence" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "task" add constraint "task_number_unique" unique ("number");`);
    this.addSql(`create index "task_release_id_position_id_index" on "task" ("release_id", "position", "id");`);
    this.addSql(`create index "task_phase_id_position_id_index" on "task" ("phase_id", "position", "id");`);
    this.addSql(`create index "task_assignee_id_state_index" on "task" ("assignee_id", "state");`);
    this.addSql(`create index "task_planned_end_index" on "task" ("planned_end");`);
    this.addSql(`create index "task_state_id_index" on "task" ("state", "id");`);

    this.addSql(
      `create table "task_dependency" ("id" uuid not null, "task_id" uuid not null, "predecessor_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "task_dependency_predecessor_id_index" on "task_dependency" ("predecessor_id");`);
    this.addSql(
      `alter table "task_dependency" add constraint "task_dependency_task_id_predecessor_id_unique" unique ("task_id", "predecessor_id");`,
    );

    this.addSql(
      `create table "team" ("id" uuid not null, "name" text not null, "description" text not null default '', "external_source" text null, "external_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "team" add constraint "team_name_unique" unique ("name");`);
    this.addSql(
      `alter table "team" add constraint "team_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );

    this.addSql(
      `create table "configuration_item" ("id" uuid not null, "number" text not null default ('CI-'::text || nextval('configuration_item_number_seq'::regclass)), "name" text not null, "description" text not null default '', "ci_class" text not null, "criticality" text not null default 'MEDIUM', "state" text not null default 'DISCOVERED', "lifecycle_state" text not null default 'NOT_READY', "owner_team_id" uuid null, "attributes" jsonb not null default '{}', "bindings" jsonb not null default '{}', "external_source" text null, "external_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_number_unique" unique ("number");`,
    );
    this.addSql(`create index "configuration_item_name_id_index" on "configuration_item" ("name", "id");`);
    this.addSql(`create index "configuration_item_ci_class_id_index" on "configuration_item" ("ci_class", "id");`);
    this.addSql(`create index "configuration_item_state_id_index" on "configuration_item" ("state", "id");`);
    this.addSql(
      `create index "configuration_item_owner_team_id_name_id_index" on "configuration_item" ("owner_team_id", "name", "id");`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );

    this.addSql(
      `create table "target_execution" ("id" uuid not null, "distribution_id" uuid not null, "ci_id" uuid not null, "state" text not null default 'PENDING', "attempt" int not null default 0, "native_status" text null, "percent" int not null default 0, "step" text null, "reason_code" text null, "reason_message" text null, "retryable" boolean null, "verified_digest" text null, "observed_at" timestamptz null, "started_at" timestamptz null, "ended_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "target_execution_ci_id_id_index" on "target_execution" ("ci_id", "id");`);
    this.addSql(
      `create index "target_execution_distribution_id_id_index" on "target_execution" ("distribution_id", "id");`,
    );
    this.addSql(
      `create index "target_execution_distribution_id_state_index" on "target_execution" ("distribution_id", "state");`,
    );
    this.addSql(
      `alter table "target_execution" add constraint "target_execution_distribution_id_ci_id_unique" unique ("distribution_id", "ci_id");`,
    );

    this.addSql(
      `create table "target_report" ("id" uuid not null, "target_execution_id" uuid not null, "run_id" uuid not null, "attempt" int not null, "state" text not null, "native_status" text not null, "reported_at" timestamptz not null, "dedupe_key" text not null, "effect" text not null, "reason_code" text null, "message" text null, "evidence" text null, "reported_by_id" uuid null, "payload" jsonb not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "target_report_target_execution_id_id_index" on "target_report" ("target_execution_id", "id");`,
    );
    this.addSql(
      `alter table "target_report" add constraint "target_report_run_id_target_execution_id_dedupe_key_unique" unique ("run_id", "target_execution_id", "dedupe_key");`,
    );

    this.addSql(
      `create table "schedule_window_ci" ("id" uuid not null, "window_id" uuid not null, "ci_id" uuid not null, primary key ("id"));`,
    );
    this.addSql(`create index "schedule_window_ci_ci_id_index" on "schedule_window_ci" ("ci_id");`);
    this.addSql(
      `alter table "schedule_window_ci" add constraint "schedule_window_ci_window_id_ci_id_unique" unique ("window_id", "ci_id");`,
    );

    this.addSql(
      `create table "release_ci" ("id" uuid not null, "release_id" uuid not null, "ci_id" uuid not null, "role" text not null, "via_change_id" uuid null, "added_by_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "release_ci_ci_id_index" on "release_ci" ("ci_id");`);
    this.addSql(`create index "release_ci_via_change_id_index" on "release_ci" ("via_change_id");`);
    this.addSql(
      `alter table "release_ci" add constraint "release_ci_release_id_role_ci_id_via_change_id_unique" unique ("release_id", "role", "ci_id", "via_change_id");`,
    );
    this.addSql(
      `create unique index "release_ci_one_direct" on "release_ci" ("release_id", "role", "ci_id") where via_change_id is null;`,
    );

    this.addSql(
      `create table "dml_item" ("id" uuid not null, "number" text not null default ('DML-'::text || nextval('dml_item_number_seq'::regclass)), "repository_id" uuid not null, "name" text not null, "description" text not null default '', "kind" text not null default 'SOFTWARE', "vendor" text not null default '', "licence" text not null default '', "configuration_item_id" uuid null, "external_source" text null, "external_key" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "dml_item" add constraint "dml_item_number_unique" unique ("number");`);
    this.addSql(`create index "dml_item_configuration_item_id_index" on "dml_item" ("configuration_item_id");`);
    this.addSql(
      `alter table "dml_item" add constraint "dml_item_repository_id_name_unique" unique ("repository_id", "name");`,
    );
    this.addSql(
      `alter table "dml_item" add constraint "dml_item_external_source_external_key_unique" unique ("external_source", "external_key");`,
    );

    this.addSql(
      `create table "dml_item_version" ("id" uuid not null, "number" text not null default ('DMV-'::text || nextval('dml_item_version_number_seq'::regclass)), "item_id" uuid not null, "label" text not null, "state" text not null default 'REGISTERED', "source" text not null default '', "claimed_digest" text null, "media_id" uuid null, "file_name" text null, "media_type" text null, "bindings" jsonb not null default '{}', "author_id" uuid not null, "uploaded_by_id" uuid null, "verified_at" timestamptz null, "authorised_by_id" uuid null, "authorised_at" timestamptz null, "state_reason" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "dml_item_version" add constraint "dml_item_version_number_unique" unique ("number");`);
    this.addSql(`create index "dml_item_version_state_id_index" on "dml_item_version" ("state", "id");`);
    this.addSql(`create index "dml_item_version_media_id_index" on "dml_item_version" ("media_id");`);
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_item_id_label_unique" unique ("item_id", "label");`,
    );

    this.addSql(
      `create table "release_content" ("id" uuid not null, "release_id" uuid not null, "dml_item_version_id" uuid not null, "baseline_digest" text null, "baselined_at" timestamptz null, "added_by_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "release_content_dml_item_version_id_index" on "release_content" ("dml_item_version_id");`,
    );
    this.addSql(
      `alter table "release_content" add constraint "release_content_release_id_dml_item_version_id_unique" unique ("release_id", "dml_item_version_id");`,
    );

    this.addSql(
      `create table "installation" ("id" uuid not null, "ci_id" uuid not null, "dml_item_id" uuid not null, "dml_item_version_id" uuid not null, "digest" text null, "assurance" text not null default 'REPORTED', "valid_from" timestamptz not null, "valid_to" timestamptz null, "previous_id" uuid null, "release_id" uuid null, "distribution_id" uuid null, "target_execution_id" uuid null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "installation_ci_id_valid_from_id_index" on "installation" ("ci_id", "valid_from", "id");`,
    );
    this.addSql(`create index "installation_dml_item_version_id_index" on "installation" ("dml_item_version_id");`);
    this.addSql(`create index "installation_release_id_index" on "installation" ("release_id");`);
    this.addSql(`create index "installation_distribution_id_index" on "installation" ("distribution_id");`);
    this.addSql(`create index "installation_target_execution_id_index" on "installation" ("target_execution_id");`);
    this.addSql(`create index "installation_previous_id_index" on "installation" ("previous_id");`);
    this.addSql(
      `create unique index "installation_one_current" on "installation" ("ci_id", "dml_item_id") where valid_to is null;`,
    );

    this.addSql(
      `create table "distribution_content" ("id" uuid not null, "distribution_id" uuid not null, "dml_item_version_id" uuid not null, "digest" text null, primary key ("id"));`,
    );
    this.addSql(
      `create index "distribution_content_dml_item_version_id_index" on "distribution_content" ("dml_item_version_id");`,
    );
    this.addSql(
      `alter table "distribution_content" add constraint "distribution_content_distribution_id_dml_item_version_id_unique" unique ("distribution_id", "dml_item_version_id");`,
    );

    this.addSql(
      `create table "ci_relation" ("id" uuid not null, "source_id" uuid not null, "kind" text not null, "target_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "ci_relation_target_id_index" on "ci_relation" ("target_id");`);
    this.addSql(
      `alter table "ci_relation" add constraint "ci_relation_source_id_kind_target_id_unique" unique ("source_id", "kind", "target_id");`,
    );

    this.addSql(
      `create table "change_ci" ("id" uuid not null, "change_id" uuid not null, "ci_id" uuid not null, "role" text not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "change_ci_ci_id_index" on "change_ci" ("ci_id");`);
    this.addSql(
      `alter table "change_ci" add constraint "change_ci_change_id_role_ci_id_unique" unique ("change_id", "role", "ci_id");`,
    );

    this.addSql(
      `create table "team_member" ("id" uuid not null, "team_id" uuid not null, "person_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "team_member_person_id_index" on "team_member" ("person_id");`);
    this.addSql(
      `alter table "team_member" add constraint "team_member_team_id_person_id_unique" unique ("team_id", "person_id");`,
    );

    this.addSql(
      `create table "waiver" ("id" uuid not null, "release_id" uuid not null, "code" text not null, "subject_type" text null, "subject_id" uuid null, "reason" text not null, "expires_at" timestamptz not null, "granted_by_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "waiver_release_id_id_index" on "waiver" ("release_id", "id");`);

    this.addSql(
      `alter table "deployment_tool" add constraint "deployment_tool_state_check" check ("state" in ('READY', 'STARTING', 'BROKEN', 'DISABLED'));`,
    );

    this.addSql(
      `alter table "dml_repository" add constraint "dml_repository_deployment_tool_id_foreign" foreign key ("deployment_tool_id") references "deployment_tool" ("id") on delete restrict;`,
    );

    this.addSql(
      `create or replace function "domain_event_append_only_fn"() returns trigger as \$\$ begin if tg_op = 'UPDATE' and old.position is null and new.position is not null and (to_jsonb(new) - 'position') = (to_jsonb(old) - 'position') then return new; end if; raise exception 'domain_event is append-only' using errcode = '23514'; end; \$\$ language plpgsql;`,
    );
    this.addSql(
      `create trigger "append_only" BEFORE UPDATE OR DELETE on "domain_event" for each ROW execute function "domain_event_append_only_fn"();`,
    );

    this.addSql(
      `alter table "media_blob" add constraint "media_blob_problem_check" check ("problem" in ('MISSING', 'ALTERED'));`,
    );

    this.addSql(`alter table "person" add constraint "person_kind_check" check ("kind" in ('HUMAN', 'SERVICE'));`);
    this.addSql(
      `alter table "person" add constraint "person_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(
      `alter table "change" add constraint "change_requested_by_id_foreign" foreign key ("requested_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change" add constraint "change_authorised_by_id_foreign" foreign key ("authorised_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change" add constraint "change_type_check" check ("type" in ('NORMAL', 'STANDARD', 'EMERGENCY'));`,
    );
    this.addSql(`alter table "change" add constraint "change_risk_check" check ("risk" in ('LOW', 'MEDIUM', 'HIGH'));`);
    this.addSql(
      `alter table "change" add constraint "change_state_check" check ("state" in ('OPEN', 'ACCEPTED', 'REJECTED', 'ASSESSED', 'AUTHORISED', 'SCHEDULED', 'IN_PROGRESS', 'IMPLEMENTED', 'IN_REVIEW', 'CLOSED', 'CANCELLED'));`,
    );
    this.addSql(
      `alter table "change" add constraint "change_outcome_check" check ("outcome" in ('SUCCESSFUL', 'UNSUCCESSFUL', 'BACKED_OUT'));`,
    );

    this.addSql(
      `alter table "access_token" add constraint "access_token_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "access_token" add constraint "access_token_roles_check" check ("roles" <@ array['RELEASE_MANAGER'::text, 'RELEASE_OWNER'::text, 'CHANGE_MANAGER'::text, 'CHANGE_AUTHORITY'::text, 'TEST_MANAGER'::text, 'DML_LIBRARIAN'::text, 'CONFIGURATION_MANAGER'::text, 'DEPLOYMENT_OPERATOR'::text, 'TASK_ASSIGNEE'::text, 'AUDITOR'::text, 'ADAPTER'::text, 'ADMINISTRATOR'::text, 'REQUESTER'::text]);`,
    );

    this.addSql(
      `alter table "release_template_version" add constraint "release_template_version_template_id_foreign" foreign key ("template_id") references "release_template" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_template_version" add constraint "release_template_version_author_id_foreign" foreign key ("author_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_template_version" add constraint "release_template_version_published_by_id_foreign" foreign key ("published_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_template_version" add constraint "release_template_version_state_check" check ("state" in ('DRAFT', 'PUBLISHED', 'RETIRED'));`,
    );

    this.addSql(
      `alter table "release" add constraint "release_owner_id_foreign" foreign key ("owner_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release" add constraint "release_manager_id_foreign" foreign key ("manager_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release" add constraint "release_template_version_id_foreign" foreign key ("template_version_id") references "release_template_version" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release" add constraint "release_on_hold_by_id_foreign" foreign key ("on_hold_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release" add constraint "release_accepted_by_id_foreign" foreign key ("accepted_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release" add constraint "release_kind_check" check ("kind" in ('MAJOR', 'MINOR', 'PATCH', 'EMERGENCY'));`,
    );
    this.addSql(
      `alter table "release" add constraint "release_packaging_check" check ("packaging" in ('FULL', 'DELTA', 'PACKAGE'));`,
    );
    this.addSql(
      `alter table "release" add constraint "release_state_check" check ("state" in ('DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED', 'DISTRIBUTING', 'DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED', 'IN_REVIEW', 'CLOSED', 'BACKING_OUT', 'BACKED_OUT', 'CANCELLED'));`,
    );
    this.addSql(
      `alter table "release" add constraint "release_skipped_states_check" check ("skipped_states" <@ array['DRAFT'::text, 'PLANNING'::text, 'BUILDING'::text, 'TESTING'::text, 'ACCEPTED'::text, 'SCHEDULED'::text, 'COMMUNICATED'::text, 'DISTRIBUTING'::text, 'DEPLOYED'::text, 'PARTIALLY_DEPLOYED'::text, 'FAILED'::text, 'IN_REVIEW'::text, 'CLOSED'::text, 'BACKING_OUT'::text, 'BACKED_OUT'::text, 'CANCELLED'::text]);`,
    );

    this.addSql(
      `alter table "release_planner" add constraint "release_planner_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_planner" add constraint "release_planner_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "release_change" add constraint "release_change_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_change" add constraint "release_change_change_id_foreign" foreign key ("change_id") references "change" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_change" add constraint "release_change_added_by_id_foreign" foreign key ("added_by_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "phase" add constraint "phase_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "phase" add constraint "phase_release_state_check" check ("release_state" in ('DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED', 'DISTRIBUTING', 'DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED', 'IN_REVIEW', 'CLOSED', 'BACKING_OUT', 'BACKED_OUT', 'CANCELLED'));`,
    );

    this.addSql(
      `alter table "distribution" add constraint "distribution_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_deployment_tool_id_foreign" foreign key ("deployment_tool_id") references "deployment_tool" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_planned_by_id_foreign" foreign key ("planned_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_approved_by_id_foreign" foreign key ("approved_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_operation_check" check ("operation" in ('INSTALL', 'REMOVE', 'VERIFY', 'UNDO', 'COMMIT'));`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_state_check" check ("state" in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'STARTING', 'RUNNING', 'SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'PAUSED', 'STOPPING', 'STOPPED', 'BACKING_OUT', 'BACKED_OUT', 'START_UNKNOWN', 'MISSED'));`,
    );

    this.addSql(
      `alter table "distribution_run" add constraint "distribution_run_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "distribution_run" add constraint "distribution_run_state_check" check ("state" in ('INTENT', 'SUBMITTED', 'FINISHED', 'REFUSED', 'UNKNOWN'));`,
    );

    this.addSql(
      `alter table "communication" add constraint "communication_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "communication" add constraint "communication_sent_by_id_foreign" foreign key ("sent_by_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_change_id_foreign" foreign key ("change_id") references "change" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_requested_by_id_foreign" foreign key ("requested_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_decided_by_id_foreign" foreign key ("decided_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_mode_check" check ("mode" in ('SPECIFIC_RELEASE', 'ANY_AVAILABLE', 'ADD_TO_EXISTING'));`,
    );
    this.addSql(
      `alter table "change_release_request" add constraint "change_release_request_state_check" check ("state" in ('SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'));`,
    );

    this.addSql(
      `alter table "schedule_entry" add constraint "schedule_entry_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "schedule_entry" add constraint "schedule_entry_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "schedule_entry" add constraint "schedule_entry_ends_after_start" check (starts_at < ends_at);`,
    );
    this.addSql(
      `alter table "schedule_entry" add constraint "schedule_entry_kind_check" check ("kind" in ('RELEASE', 'DISTRIBUTION', 'CAB_MEETING'));`,
    );

    this.addSql(
      `alter table "schedule_window" add constraint "schedule_window_ends_after_start" check (starts_at < ends_at);`,
    );
    this.addSql(
      `alter table "schedule_window" add constraint "schedule_window_kind_check" check ("kind" in ('CHANGE_WINDOW', 'MAINTENANCE_WINDOW', 'BLACKOUT'));`,
    );
    this.addSql(
      `alter table "schedule_window" add constraint "schedule_window_ci_classes_check" check ("ci_classes" <@ array['BUSINESS_SERVICE'::text, 'APPLICATION'::text, 'DATABASE'::text, 'MIDDLEWARE'::text, 'SOFTWARE'::text, 'OPERATING_SYSTEM'::text, 'FIRMWARE'::text, 'SERVER'::text, 'VIRTUAL_MACHINE'::text, 'CLUSTER'::text, 'CONTAINER_PLATFORM'::text, 'DESKTOP'::text, 'LAPTOP'::text, 'MOBILE_DEVICE'::text, 'NETWORK_DEVICE'::text, 'LOAD_BALANCER'::text, 'STORAGE'::text, 'PERIPHERAL'::text, 'SPARE'::text, 'DOCUMENT'::text, 'LOCATION'::text]);`,
    );

    this.addSql(
      `alter table "task" add constraint "task_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "task" add constraint "task_phase_id_foreign" foreign key ("phase_id") references "phase" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "task" add constraint "task_assignee_id_foreign" foreign key ("assignee_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "task" add constraint "task_kind_check" check ("kind" in ('MANUAL', 'APPROVAL', 'TEST', 'COMMUNICATION', 'DISTRIBUTION', 'HARDWARE', 'REVIEW'));`,
    );
    this.addSql(
      `alter table "task" add constraint "task_state_check" check ("state" in ('PLANNED', 'BLOCKED', 'READY', 'IN_PROGRESS', 'WAITING_FOR_INPUT', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'));`,
    );
    this.addSql(
      `alter table "task" add constraint "task_assignee_role_check" check ("assignee_role" in ('RELEASE_MANAGER', 'RELEASE_OWNER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY', 'TEST_MANAGER', 'DML_LIBRARIAN', 'CONFIGURATION_MANAGER', 'DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE', 'AUDITOR', 'ADAPTER', 'ADMINISTRATOR', 'REQUESTER'));`,
    );

    this.addSql(
      `alter table "task_dependency" add constraint "task_dependency_task_id_foreign" foreign key ("task_id") references "task" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "task_dependency" add constraint "task_dependency_predecessor_id_foreign" foreign key ("predecessor_id") references "task" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_owner_team_id_foreign" foreign key ("owner_team_id") references "team" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_ci_class_check" check ("ci_class" in ('BUSINESS_SERVICE', 'APPLICATION', 'DATABASE', 'MIDDLEWARE', 'SOFTWARE', 'OPERATING_SYSTEM', 'FIRMWARE', 'SERVER', 'VIRTUAL_MACHINE', 'CLUSTER', 'CONTAINER_PLATFORM', 'DESKTOP', 'LAPTOP', 'MOBILE_DEVICE', 'NETWORK_DEVICE', 'LOAD_BALANCER', 'STORAGE', 'PERIPHERAL', 'SPARE', 'DOCUMENT', 'LOCATION'));`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_criticality_check" check ("criticality" in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL'));`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_state_check" check ("state" in ('DISCOVERED', 'AUTHORISED', 'RETIRED'));`,
    );
    this.addSql(
      `alter table "configuration_item" add constraint "configuration_item_lifecycle_state_check" check ("lifecycle_state" in ('NOT_READY', 'BUILD', 'TEST', 'PRODUCTION', 'INVENTORY', 'DECOMMISSIONED'));`,
    );

    this.addSql(
      `alter table "target_execution" add constraint "target_execution_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "target_execution" add constraint "target_execution_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "target_execution" add constraint "target_execution_state_check" check ("state" in ('PENDING', 'SENT', 'ACKNOWLEDGED', 'TRANSFERRING', 'TRANSFERRED', 'INSTALLING', 'VERIFYING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'UNREACHABLE', 'CANCEL_REQUESTED', 'CANCELLED', 'CANCEL_REJECTED', 'UNKNOWN', 'BACKED_OUT', 'REJECTED', 'EXPIRED'));`,
    );

    this.addSql(
      `alter table "target_report" add constraint "target_report_target_execution_id_foreign" foreign key ("target_execution_id") references "target_execution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "target_report" add constraint "target_report_run_id_foreign" foreign key ("run_id") references "distribution_run" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "target_report" add constraint "target_report_reported_by_id_foreign" foreign key ("reported_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "target_report" add constraint "target_report_state_check" check ("state" in ('PENDING', 'SENT', 'ACKNOWLEDGED', 'TRANSFERRING', 'TRANSFERRED', 'INSTALLING', 'VERIFYING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'UNREACHABLE', 'CANCEL_REQUESTED', 'CANCELLED', 'CANCEL_REJECTED', 'UNKNOWN', 'BACKED_OUT', 'REJECTED', 'EXPIRED'));`,
    );

    this.addSql(
      `alter table "schedule_window_ci" add constraint "schedule_window_ci_window_id_foreign" foreign key ("window_id") references "schedule_window" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "schedule_window_ci" add constraint "schedule_window_ci_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "release_ci" add constraint "release_ci_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_ci" add constraint "release_ci_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_ci" add constraint "release_ci_via_change_id_foreign" foreign key ("via_change_id") references "change" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_ci" add constraint "release_ci_added_by_id_foreign" foreign key ("added_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_ci" add constraint "release_ci_role_check" check ("role" in ('SOURCE', 'TARGET'));`,
    );

    this.addSql(
      `alter table "dml_item" add constraint "dml_item_repository_id_foreign" foreign key ("repository_id") references "dml_repository" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item" add constraint "dml_item_configuration_item_id_foreign" foreign key ("configuration_item_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item" add constraint "dml_item_kind_check" check ("kind" in ('SOFTWARE', 'FIRMWARE', 'HARDWARE', 'DOCUMENT'));`,
    );

    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_item_id_foreign" foreign key ("item_id") references "dml_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_media_id_foreign" foreign key ("media_id") references "media_blob" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_author_id_foreign" foreign key ("author_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_uploaded_by_id_foreign" foreign key ("uploaded_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_authorised_by_id_foreign" foreign key ("authorised_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "dml_item_version" add constraint "dml_item_version_state_check" check ("state" in ('REGISTERED', 'UPLOADED', 'VERIFYING', 'QUARANTINED', 'AUTHORISED', 'DEPRECATED', 'RECALLED', 'RETIRED'));`,
    );

    this.addSql(
      `alter table "release_content" add constraint "release_content_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_content" add constraint "release_content_dml_item_version_id_foreign" foreign key ("dml_item_version_id") references "dml_item_version" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "release_content" add constraint "release_content_added_by_id_foreign" foreign key ("added_by_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "installation" add constraint "installation_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_dml_item_id_foreign" foreign key ("dml_item_id") references "dml_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_dml_item_version_id_foreign" foreign key ("dml_item_version_id") references "dml_item_version" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_previous_id_foreign" foreign key ("previous_id") references "installation" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_target_execution_id_foreign" foreign key ("target_execution_id") references "target_execution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "installation" add constraint "installation_assurance_check" check ("assurance" in ('REPORTED', 'VERIFIED', 'DISCOVERED'));`,
    );

    this.addSql(
      `alter table "distribution_content" add constraint "distribution_content_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "distribution_content" add constraint "distribution_content_dml_item_version_id_foreign" foreign key ("dml_item_version_id") references "dml_item_version" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "ci_relation" add constraint "ci_relation_source_id_foreign" foreign key ("source_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "ci_relation" add constraint "ci_relation_target_id_foreign" foreign key ("target_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "ci_relation" add constraint "ci_relation_kind_check" check ("kind" in ('DEPENDS_ON', 'RUNS_ON', 'HOSTED_BY', 'USES', 'MEMBER_OF', 'CONTAINS', 'PROTECTS', 'CONNECTED_TO', 'DOCUMENTS', 'SPARE_FOR'));`,
    );

    this.addSql(
      `alter table "change_ci" add constraint "change_ci_change_id_foreign" foreign key ("change_id") references "change" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "change_ci" add constraint "change_ci_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "change_ci" add constraint "change_ci_role_check" check ("role" in ('SOURCE', 'TARGET'));`,
    );

    this.addSql(
      `alter table "team_member" add constraint "team_member_team_id_foreign" foreign key ("team_id") references "team" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "team_member" add constraint "team_member_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );

    this.addSql(
      `alter table "waiver" add constraint "waiver_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "waiver" add constraint "waiver_granted_by_id_foreign" foreign key ("granted_by_id") references "person" ("id") on delete restrict;`,
    );
  }
}
