import { Migration } from '@mikro-orm/migrations';

/** An index for deliveries that are tried again, of which an attempt before may have reached the item. */
export class Migration20261128194925_touched_before extends Migration {
  override up(): void {
    this.addSql(
      `create index "target_execution_tried_again" on "target_execution" ("id") where "attempt" > 1 and "started_at" is null and "state" not in ('UNKNOWN', 'EXPIRED');`,
    );
  }

  override down(): void {
    this.addSql(`drop index "target_execution_tried_again";`);
  }
}
