import { Migration } from '@mikro-orm/migrations';

/** The columns of configuration items beside the name of which people search for a part. */
const SEARCHED = ['environment', 'location', 'manufacturer', 'serial_number'] as const;

const index = (column: string) => `configuration_item_${column}_trigrams`;

/** As `Migration20261128095000_name_trigrams`, for further columns. Items without a value take no place. */
export class Migration20261128184500_field_trigrams extends Migration {
  override up(): void {
    const statements = SEARCHED.map(
      (column) =>
        `create index "${index(column)}" on "configuration_item" using gin ` +
        `((lower("${column}" collate "und-x-icu")) gin_trgm_ops) where "${column}" is not null;`,
    );
    this.addSql(`
      do $$ begin
        create extension if not exists pg_trgm;
        ${statements.join('\n        ')}
      exception when insufficient_privilege or undefined_file or feature_not_supported then
        raise warning 'pg_trgm cannot be created (%). Filters by a part of a text will read every row.', sqlerrm;
      end $$;`);
  }

  override down(): void {
    for (const column of SEARCHED) this.addSql(`drop index if exists "${index(column)}";`);
  }
}
