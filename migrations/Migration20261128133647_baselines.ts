import { Migration } from '@mikro-orm/migrations';

/** What configuration items were at a moment, as a reference; around every distribution too. */
export class Migration20261128133647_baselines extends Migration {
  override up(): void {
    this.addSql(`create sequence "baseline_number_seq";`);
    this.addSql(
      `create table "baseline_due" ("id" bigserial primary key, "distribution_id" uuid not null, "before" boolean not null, "as_of" timestamptz not null, "at" timestamptz not null);`,
    );

    this.addSql(
      `create table "baseline" ("id" uuid not null, "number" text not null default ('BSL-'::text || nextval('baseline_number_seq'::regclass)), "name" text not null, "occasion" text not null default 'BY_HAND', "ci_id" uuid null, "with_dependencies" boolean not null default true, "distribution_id" uuid null, "as_of" timestamptz not null, "known_at" timestamptz not null, "state" text not null default 'PENDING', "digest" text null, "columns" jsonb null, "items" int null, "relations" int null, "installations" int null, "reason" text null, "taken_by_id" uuid null, "decided_by_id" uuid null, "version" int not null default 1, "created_at" timestamptz not null, "updated_at" timestamptz not null, primary key ("id"));`,
    );
    this.addSql(`alter table "baseline" add constraint "baseline_number_unique" unique ("number");`);
    this.addSql(`create index "baseline_ci_id_id_index" on "baseline" ("ci_id", "id");`);
    this.addSql(`create index "baseline_distribution_id_id_index" on "baseline" ("distribution_id", "id");`);
    this.addSql(`create index "baseline_state_id_index" on "baseline" ("state", "id");`);
    this.addSql(`create index "baseline_as_of_id_index" on "baseline" ("as_of", "id");`);
    this.addSql(`create index "baseline_taken_by_id_index" on "baseline" ("taken_by_id");`);
    this.addSql(`create index "baseline_decided_by_id_index" on "baseline" ("decided_by_id");`);

    this.addSql(
      `alter table "baseline" add constraint "baseline_ci_id_foreign" foreign key ("ci_id") references "configuration_item" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "baseline" add constraint "baseline_distribution_id_foreign" foreign key ("distribution_id") references "distribution" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "baseline" add constraint "baseline_taken_by_id_foreign" foreign key ("taken_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "baseline" add constraint "baseline_decided_by_id_foreign" foreign key ("decided_by_id") references "person" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "baseline" add constraint "baseline_occasion_check" check ("occasion" in ('BY_HAND', 'BEFORE_DISTRIBUTION', 'AFTER_DISTRIBUTION'));`,
    );
    this.addSql(
      `alter table "baseline" add constraint "baseline_state_check" check ("state" in ('PENDING', 'TAKEN', 'APPROVED', 'REJECTED'));`,
    );
    // Around every distribution, no matter what starts or ends it. What it changes itself is dated at its transaction;
    // installations have times of the server, whose clock can be ahead.
    this.addSql(`
      create function baseline_distribution() returns trigger language plpgsql as $$
      begin
        if old.started_at is null and new.started_at is not null then
          insert into baseline_due (distribution_id, before, as_of, at)
          select new.id, true, greatest(a.at, new.started_at - interval '1 millisecond'), a.at
          from (select history_now() - interval '1 millisecond' as at) a;
        end if;
        if new.ended_at is not null and old.ended_at is distinct from new.ended_at then
          insert into baseline_due (distribution_id, before, as_of, at)
          select new.id, false, greatest(a.at, new.ended_at + interval '1 millisecond'), a.at
          from (select date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' as at) a;
        end if;
        return null;
      end $$;`);
    this.addSql(
      `create trigger "baseline_distribution" after update of "started_at", "ended_at" on "distribution" for each row execute function baseline_distribution();`,
    );
    this.addSql(`
      create function baseline_is_fixed() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' then
          if old.digest is null or (new.digest, new.columns, new.as_of, new.known_at, new.ci_id, new.distribution_id,
              new.with_dependencies, new.items, new.relations, new.installations)
            is not distinct from (old.digest, old.columns, old.as_of, old.known_at, old.ci_id, old.distribution_id,
              old.with_dependencies, old.items, old.relations, old.installations) then
            return new;
          end if;
        end if;
        raise exception 'baseline % is fixed', old.number using errcode = '42501';
      end $$;`);
    this.addSql(
      `create trigger "baseline_is_fixed" before update or delete on "baseline" for each row execute function baseline_is_fixed();`,
    );
  }

  override down(): void {
    this.addSql(`drop trigger "baseline_distribution" on "distribution";`);
    this.addSql(`drop function baseline_distribution();`);
    this.addSql(`drop table if exists "baseline_due" cascade;`);
    this.addSql(`drop table if exists "baseline" cascade;`);
    this.addSql(`drop function baseline_is_fixed();`);
    this.addSql(`drop sequence "baseline_number_seq";`);
  }
}
