import { Migration } from '@mikro-orm/migrations';

/** Large tables, with the column that people search for a part of. */
const SEARCHED = [
  ['change', 'title'],
  ['configuration_item', 'name'],
  ['distribution', 'name'],
  ['dml_item', 'name'],
  ['person', 'name'],
  ['release', 'name'],
  ['schedule_window', 'name'],
  ['task', 'name'],
] as const;

const index = ([table, column]: (typeof SEARCHED)[number]) => `${table}_${column}_trigrams`;

/**
 * Trigram indexes for `contains` and `startsWith` on names. The extension pg_trgm is trusted and comes with PostgreSQL,
 * but a database can lack it or refuse it to this role. Then there are no such indexes: the same filters read every row,
 * as before. To get them later, have the extension created and run the statements of this migration.
 */
export class Migration20261128095000_name_trigrams extends Migration {
  override up(): void {
    const statements = SEARCHED.map(
      (one) =>
        `create index "${index(one)}" on "${one[0]}" using gin ((lower("${one[1]}" collate "und-x-icu")) gin_trgm_ops);`,
    );
    this.addSql(`
      do $$ begin
        create extension if not exists pg_trgm;
        ${statements.join('\n        ')}
      exception when insufficient_privilege or undefined_file or feature_not_supported then
        raise warning 'pg_trgm cannot be created (%). Filters by a part of a name will read every row.', sqlerrm;
      end $$;`);
  }

  override down(): void {
    for (const one of SEARCHED) this.addSql(`drop index if exists "${index(one)}";`);
  }
}
