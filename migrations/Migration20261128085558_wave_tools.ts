import { Migration } from '@mikro-orm/migrations';

/** A wave can have a deployment tool of its own, so each run says which tool it is for. */
export class Migration20261128085558_wave_tools extends Migration {
  override up(): void {
    this.addSql(`alter table "distribution" add "further_tool_ids" uuid[] not null default '{}';`);

    this.addSql(`alter table "distribution_wave" add "deployment_tool_id" uuid null;`);
    this.addSql(
      `alter table "distribution_wave" add constraint "distribution_wave_deployment_tool_id_foreign" foreign key ("deployment_tool_id") references "deployment_tool" ("id") on delete restrict;`,
    );

    this.addSql(`alter table "distribution_run" add "deployment_tool_id" uuid null;`);
    this.addSql(
      `update "distribution_run" r set "deployment_tool_id" = d."deployment_tool_id" from "distribution" d where d."id" = r."distribution_id";`,
    );
    this.addSql(`alter table "distribution_run" alter column "deployment_tool_id" set not null;`);
    this.addSql(
      `alter table "distribution_run" add constraint "distribution_run_deployment_tool_id_foreign" foreign key ("deployment_tool_id") references "deployment_tool" ("id") on delete restrict;`,
    );
    this.addSql(
      `create index "distribution_run_deployment_tool_id_finished_at_index" on "distribution_run" ("deployment_tool_id", "finished_at");`,
    );
  }

  override down(): void {
    this.addSql(`drop index "distribution_run_deployment_tool_id_finished_at_index";`);
    this.addSql(`alter table "distribution_run" drop column "deployment_tool_id";`);
    this.addSql(`alter table "distribution_wave" drop column "deployment_tool_id";`);
    this.addSql(`alter table "distribution" drop column "further_tool_ids";`);
  }
}
