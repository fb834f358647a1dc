import { Migration } from '@mikro-orm/migrations';

/** A wave can have parameters of its own. */
export class Migration20261128012204_wave_parameters extends Migration {
  override up(): void {
    this.addSql(`alter table "distribution_wave" add "parameters" jsonb null;`);
  }

  override down(): void {
    this.addSql(`alter table "distribution_wave" drop column "parameters";`);
  }
}
