import { Migration } from '@mikro-orm/migrations';

/**
 * The event log gets an index for each of its lists: by order, type, actor and request; lists by time find their place
 * with the new table, which starts with the events that are there. The index by subject served no statement.
 */
export class Migration20261126204700_event_indexes extends Migration {
  override up(): void {
    this.addSql(
      `create table "event_zone" ("zone" int not null, "first_at" timestamptz not null, ` +
        `"last_at" timestamptz not null, primary key ("zone"));`,
    );
    this.addSql(
      `insert into "event_zone" ("zone", "first_at", "last_at") ` +
        `select "position" / 1000, min("at"), max("at") from "domain_event" where "position" is not null group by 1;`,
    );
    this.addSql(`drop index "domain_event_aggregate_id_position_index";`);
    this.addSql(`create index "domain_event_order" on "domain_event" ((coalesce("position", 9007199254740991)));`);
    this.addSql(
      `create index "domain_event_type" on "domain_event" ("type", (coalesce("position", 9007199254740991)));`,
    );
    this.addSql(
      `create index "domain_event_actor" on "domain_event" ("actor_id", (coalesce("position", 9007199254740991)));`,
    );
    this.addSql(`create index "domain_event_request" on "domain_event" ("request_id");`);
  }

  override down(): void {
    this.addSql(`drop table if exists "event_zone" cascade;`);
    this.addSql(`drop index "domain_event_order";`);
    this.addSql(`drop index "domain_event_type";`);
    this.addSql(`drop index "domain_event_actor";`);
    this.addSql(`drop index "domain_event_request";`);
    this.addSql(
      `create index "domain_event_aggregate_id_position_index" on "domain_event" ("aggregate_id", "position");`,
    );
  }
}
