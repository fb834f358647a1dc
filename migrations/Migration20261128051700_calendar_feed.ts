import { Migration } from '@mikro-orm/migrations';

export class Migration20261128051700_calendar_feed extends Migration {
  override name = 'Migration20261128051700_calendar_feed';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "calendar_feed" ("id" uuid not null, "name" text not null, "person_id" uuid not null, "scope" text not null, "ci_id" uuid null, "involved_id" uuid null, "release_id" uuid null, "secret_hash" text not null, "rotated_at" timestamptz null, "revoked_at" timestamptz null, "last_used_at" timestamptz null, "lineage" uuid[] not null default '{}', "subject" text null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`create index "calendar_feed_person_id_index" on "calendar_feed" ("person_id");`);
    this.addSql(`create index "calendar_feed_ci_id_index" on "calendar_feed" ("ci_id");`);
    this.addSql(`create index "calendar_feed_involved_id_index" on "calendar_feed" ("involved_id");`);
    this.addSql(`create index "calendar_feed_release_id_index" on "calendar_feed" ("release_id");`);

    this.addSql(
      `alter table "calendar_feed" add constraint "calendar_feed_person_id_foreign" foreign key ("person_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "calendar_feed" add constraint "calendar_feed_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "calendar_feed" add constraint "calendar_feed_involved_id_foreign" foreign key ("involved_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "calendar_feed" add constraint "calendar_feed_release_id_foreign" foreign key ("release_id") references "release" ("id") on delete restrict;`,
    );
    this
      .addSql(`alter table "calendar_feed" add constraint "calendar_feed_shows_its_scope" check ((ci_id is not null) = (scope in ('CONFIGURATION_ITEM', 'SERVICE'))
        and (involved_id is not null) = (scope = 'PERSON') and (release_id is not null) = (scope = 'RELEASE'));`);
    this.addSql(
      `alter table "calendar_feed" add constraint "calendar_feed_scope_check" check ("scope" in ('EVERYTHING', 'CONFIGURATION_ITEM', 'SERVICE', 'PERSON', 'RELEASE'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "calendar_feed" cascade;`);
  }
}
