import { Migration } from '@mikro-orm/migrations';

/** Indexes by which it is found what changes, people, versions and windows touched. */
export class Migration20261128182500_touches extends Migration {
  override up(): void | Promise<void> {
    this.addSql(
      `create index "domain_event_edit" on "domain_event" ("at", "id") where "aggregate_type" = 'ConfigurationItem';`,
    );
    this.addSql(
      `create index "domain_event_edit_of_item" on "domain_event" ("aggregate_id", "at") where "aggregate_type" = 'ConfigurationItem';`,
    );
    this.addSql(
      `create index "domain_event_edit_by_actor" on "domain_event" ("actor_id", "at") where "aggregate_type" = 'ConfigurationItem';`,
    );
    this.addSql(
      `create index "domain_event_edit_under_change" on "domain_event" using gin ("topics") where "aggregate_type" = 'ConfigurationItem' and "payload" -> 'underChanges' is not null;`,
    );
    this.addSql(
      `create index "domain_event_relation" on "domain_event" ("at") where "type" in ('configuration-item.related', 'configuration-item.unrelated');`,
    );
    this.addSql(
      `create index "domain_event_relation_of_item" on "domain_event" (("topics"[2]), "at") where "type" in ('configuration-item.related', 'configuration-item.unrelated');`,
    );

    this.addSql(`create index "contribution_person_id_index" on "contribution" ("person_id");`);

    this.addSql(
      `create index "change_authorised_by_id_given" on "change" ("authorised_by_id", "id") where "authorised_by_id" is not null;`,
    );

    this.addSql(
      `create index "release_accepted_by_id_given" on "release" ("accepted_by_id", "id") where "accepted_by_id" is not null;`,
    );

    this.addSql(`create index "distribution_planned_by_id_index" on "distribution" ("planned_by_id");`);
    this.addSql(
      `create index "distribution_approved_by_id_given" on "distribution" ("approved_by_id", "id") where "approved_by_id" is not null;`,
    );

    this.addSql(
      `create index "change_release_request_requested_by_id_index" on "change_release_request" ("requested_by_id");`,
    );
    this.addSql(
      `create index "change_release_request_decided_by_id_given" on "change_release_request" ("decided_by_id", "id") where "decided_by_id" is not null;`,
    );

    this.addSql(
      `create index "target_execution_touched" on "target_execution" ((coalesce("ended_at", "started_at")), "id") where "started_at" is not null or "state" in ('UNKNOWN', 'EXPIRED');`,
    );

    this.addSql(
      `create index "target_report_reported_by_id_given" on "target_report" ("reported_by_id", "id") where "reported_by_id" is not null;`,
    );

    this.addSql(`create index "dml_item_version_author_id_index" on "dml_item_version" ("author_id");`);
    this.addSql(
      `create index "dml_item_version_uploaded_by_id_given" on "dml_item_version" ("uploaded_by_id", "id") where "uploaded_by_id" is not null;`,
    );
    this.addSql(
      `create index "dml_item_version_authorised_by_id_given" on "dml_item_version" ("authorised_by_id", "id") where "authorised_by_id" is not null;`,
    );

    this.addSql(
      `create index "installation_found_dml_item_version_id" on "installation" ("dml_item_version_id") where "distribution_id" is null;`,
    );
    this.addSql(
      `create index "installation_found_digest" on "installation" ("digest") where "distribution_id" is null;`,
    );

    this.addSql(`create index "distribution_content_digest_index" on "distribution_content" ("digest");`);

    this.addSql(
      `create index "drift_accepted_installation" on "drift" ("closed_at", "id") where "state" = 'ACCEPTED' and "aspect" = 'INSTALLATION';`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "change_authorised_by_id_given";`);

    this.addSql(`drop index "change_release_request_requested_by_id_index";`);
    this.addSql(`drop index "change_release_request_decided_by_id_given";`);

    this.addSql(`drop index "contribution_person_id_index";`);

    this.addSql(`drop index "distribution_planned_by_id_index";`);
    this.addSql(`drop index "distribution_approved_by_id_given";`);

    this.addSql(`drop index "distribution_content_digest_index";`);

    this.addSql(`drop index "dml_item_version_author_id_index";`);
    this.addSql(`drop index "dml_item_version_uploaded_by_id_given";`);
    this.addSql(`drop index "dml_item_version_authorised_by_id_given";`);

    this.addSql(`drop index "domain_event_edit";`);
    this.addSql(`drop index "domain_event_edit_of_item";`);
    this.addSql(`drop index "domain_event_edit_by_actor";`);
    this.addSql(`drop index "domain_event_edit_under_change";`);
    this.addSql(`drop index "domain_event_relation";`);
    this.addSql(`drop index "domain_event_relation_of_item";`);

    this.addSql(`drop index "drift_accepted_installation";`);

    this.addSql(`drop index "installation_found_dml_item_version_id";`);
    this.addSql(`drop index "installation_found_digest";`);

    this.addSql(`drop index "release_accepted_by_id_given";`);

    this.addSql(`drop index "target_execution_touched";`);

    this.addSql(`drop index "target_report_reported_by_id_given";`);
  }
}
