import { Migration } from '@mikro-orm/migrations';

/** A waiver of a blackout is for a time, and an acceptance for the times of the tasks. */
export class Migration20261127114714_waiver_slot extends Migration {
  override up(): void {
    this.addSql(`alter table "release" add "tasks_anchor" timestamptz null;`);
    this.addSql(`alter table "waiver" add "slot_start" timestamptz null, add "slot_end" timestamptz null;`);
    // Waivers from before count for the time that the release has now.
    this.addSql(
      `update "waiver" w set "slot_start" = r."planned_start", "slot_end" = r."planned_end"
       from "release" r
       where r."id" = w."release_id" and r."planned_start" < r."planned_end"
         and w."code" = 'BLACKOUT';`,
    );
  }

  override down(): void {
    this.addSql(`alter table "release" drop column "tasks_anchor";`);
    this.addSql(`alter table "waiver" drop column "slot_start", drop column "slot_end";`);
  }
}
