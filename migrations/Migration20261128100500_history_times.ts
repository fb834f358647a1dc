import { Migration } from '@mikro-orm/migrations';

/** Finds what changed between two moments: by when states began and ended. */
export class Migration20261128100500_history_times extends Migration {
  override up(): void {
    for (const table of ['configuration_item', 'ci_relation']) {
      this.addSql(`create index "${table}_history_begins" on "${table}_history" (lower(valid));`);
      this.addSql(
        `create index "${table}_history_ends" on "${table}_history" (upper(valid)) where not upper_inf(valid);`,
      );
    }
    this.addSql(`create index "installation_history_begins" on "installation_history" (valid_from);`);
    this.addSql(
      `create index "installation_history_ends" on "installation_history" (valid_to) where valid_to is not null;`,
    );
  }

  override down(): void {
    for (const table of ['configuration_item', 'ci_relation', 'installation']) {
      this.addSql(`drop index "${table}_history_begins";`);
      this.addSql(`drop index "${table}_history_ends";`);
    }
  }
}
