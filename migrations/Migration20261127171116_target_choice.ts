import { Migration } from '@mikro-orm/migrations';

/** How the targets of a distribution were chosen, and target groups whose members a filter finds. */
export class Migration20261127171116_target_choice extends Migration {
  override up(): void {
    this.addSql(`alter table "distribution" add "target_choice" jsonb null;`);
    this.addSql(`alter table "target_group" add "filter" jsonb null;`);
  }

  override down(): void {
    this.addSql(`alter table "distribution" drop column "target_choice";`);
    this.addSql(`alter table "target_group" drop column "filter";`);
  }
}
