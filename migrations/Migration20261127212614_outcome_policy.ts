import { Migration } from '@mikro-orm/migrations';

/** A distribution can succeed although targets fail, if its policy says so. */
export class Migration20261127212614_outcome_policy extends Migration {
  override up(): void {
    this.addSql(
      `alter table "distribution" add "outcome_policy" text not null default 'ALL', add "outcome_percent" int null;`,
    );
    this.addSql(
      `alter table "distribution" add constraint "distribution_outcome_policy_check" check ("outcome_policy" in ('ALL', 'AT_LEAST_PERCENT', 'EVERY_CRITICAL_TARGET'));`,
    );
  }

  override down(): void {
    this.addSql(`alter table "distribution" drop constraint "distribution_outcome_policy_check";`);
    this.addSql(`alter table "distribution" drop column "outcome_policy", drop column "outcome_percent";`);
  }
}
