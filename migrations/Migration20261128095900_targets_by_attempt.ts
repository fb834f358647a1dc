import { Migration } from '@mikro-orm/migrations';

/** The targets of one attempt are found by it: a rollout has many, and its targets were read for each of them. */
export class Migration20261128095900_targets_by_attempt extends Migration {
  override up(): void {
    this.addSql(`drop index "target_execution_distribution_id_state_index";`);
    this.addSql(
      `create index "target_execution_distribution_id_attempt_state_index" on "target_execution" ("distribution_id", "attempt", "state");`,
    );
  }

  override down(): void {
    this.addSql(`drop index "target_execution_distribution_id_attempt_state_index";`);
    this.addSql(
      `create index "target_execution_distribution_id_state_index" on "target_execution" ("distribution_id", "state");`,
    );
  }
}
