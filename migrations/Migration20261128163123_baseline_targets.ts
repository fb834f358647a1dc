import { Migration } from '@mikro-orm/migrations';

/** The targets of baselines around distributions. Until now they were those that the distribution has today. */
export class Migration20261128163123_baseline_targets extends Migration {
  override up(): void {
    this.addSql(
      `create table "baseline_target" ("baseline_id" uuid not null, "ci_id" uuid not null, primary key ("baseline_id", "ci_id"));`,
    );
    this.addSql(`
      insert into baseline_target (baseline_id, ci_id)
      select distinct b.id, e.ci_id from baseline b join target_execution e on e.distribution_id = b.distribution_id;`);
  }

  override down(): void {
    this.addSql(`drop table if exists "baseline_target" cascade;`);
  }
}
