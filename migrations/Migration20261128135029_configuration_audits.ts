import { Migration } from '@mikro-orm/migrations';

/** Configuration audits, what they have yet to look at, and what they found. */
export class Migration20261128135029_configuration_audits extends Migration {
  override up(): void {
    this.addSql(`create sequence "configuration_audit_number_seq";`);
    this.addSql(
      `create table "configuration_audit_item" ("audit_id" uuid not null, "ci_id" uuid not null, primary key ("audit_id", "ci_id"));`,
    );

    this.addSql(
      `create table "configuration_audit" ("id" uuid not null, "number" text not null default ('AUD-'::text || nextval('configuration_audit_number_seq'::regclass)), "name" text not null, "ci_id" uuid null, "with_dependencies" boolean not null default true, "baseline_id" uuid null, "expects_observations" boolean not null default false, "as_of" timestamptz not null, "state" text not null default 'RUNNING', "total" int null, "done" int not null default 0, "findings" int not null default 0, "started_by_id" uuid not null, "ended_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "configuration_audit" add constraint "configuration_audit_number_unique" unique ("number");`,
    );
    this.addSql(`create index "configuration_audit_ci_id_id_index" on "configuration_audit" ("ci_id", "id");`);
    this.addSql(`create index "configuration_audit_baseline_id_index" on "configuration_audit" ("baseline_id");`);
    this.addSql(`create index "configuration_audit_state_id_index" on "configuration_audit" ("state", "id");`);
    this.addSql(`create index "configuration_audit_started_by_id_index" on "configuration_audit" ("started_by_id");`);

    this.addSql(
      `create table "audit_finding" ("id" uuid not null, "audit_id" uuid not null, "ci_id" uuid not null, "kind" text not null, "message" text not null, "drift_id" uuid null, "dml_item_version_id" uuid null, "state" text not null default 'OPEN', "owner_id" uuid null, "due_at" timestamptz null, "reason" text null, "closed_by_id" uuid null, "closed_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "audit_finding_audit_id_id_index" on "audit_finding" ("audit_id", "id");`);
    this.addSql(`create index "audit_finding_ci_id_id_index" on "audit_finding" ("ci_id", "id");`);
    this.addSql(`create index "audit_finding_state_id_index" on "audit_finding" ("state", "id");`);
    this.addSql(`create index "audit_finding_owner_id_id_index" on "audit_finding" ("owner_id", "id");`);
    this.addSql(`create index "audit_finding_drift_id_index" on "audit_finding" ("drift_id");`);
    this.addSql(`create index "audit_finding_dml_item_version_id_index" on "audit_finding" ("dml_item_version_id");`);
    this.addSql(`create index "audit_finding_closed_by_id_index" on "audit_finding" ("closed_by_id");`);
    this.addSql(
      `create index "audit_finding_due_at_or_never" on "audit_finding" (coalesce("due_at", 'infinity'), "id");`,
    );

    this.addSql(
      `alter table "configuration_audit" add constraint "configuration_audit_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "configuration_audit" add constraint "configuration_audit_baseline_id_foreign" foreign key ("baseline_id") references "baseline" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "configuration_audit" add constraint "configuration_audit_started_by_id_foreign" foreign key ("started_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "configuration_audit" add constraint "configuration_audit_state_check" check ("state" in ('RUNNING', 'COMPLETED', 'CANCELLED'));`,
    );

    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_audit_id_foreign" foreign key ("audit_id") references "configuration_audit" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_drift_id_foreign" foreign key ("drift_id") references "drift" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_dml_item_version_id_foreign" foreign key ("dml_item_version_id") references "dml_item_version" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_owner_id_foreign" foreign key ("owner_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_closed_by_id_foreign" foreign key ("closed_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_kind_check" check ("kind" in ('UNAUTHORISED_CHANGE', 'UNEXPLAINED_DRIFT', 'MEDIA_NOT_AUTHORISED', 'MEDIA_DIGEST_MISMATCH', 'NOT_OBSERVED'));`,
    );
    this.addSql(
      `alter table "audit_finding" add constraint "audit_finding_state_check" check ("state" in ('OPEN', 'CLOSED'));`,
    );
  }

  override down(): void {
    this.addSql(`alter table "audit_finding" drop constraint "audit_finding_audit_id_foreign";`);

    this.addSql(`drop table if exists "configuration_audit_item" cascade;`);
    this.addSql(`drop table if exists "configuration_audit" cascade;`);
    this.addSql(`drop table if exists "audit_finding" cascade;`);
    this.addSql(`drop sequence "configuration_audit_number_seq";`);
  }
}
