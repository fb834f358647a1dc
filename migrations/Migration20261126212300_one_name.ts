import { Migration } from '@mikro-orm/migrations';

/** Tables with names that people look for: the column, and what it is unique in. */
const NAMED = [
  { table: 'team', column: 'name' },
  { table: 'release_template', column: 'name' },
  { table: 'dml_repository', column: 'name' },
  { table: 'dml_item', column: 'name', within: 'repository_id' },
  { table: 'dml_item_version', column: 'label', within: 'item_id' },
] as const;

/**
 * Names that differ only in case, in the form of Unicode or in characters of zero width are one name. Of rows that have
 * such a name together the oldest keeps it, the others get a number behind it: "Team", "TEAM (2)". Lists sort by name
 * with the collation of ICU, which their indexes need too.
 */
export class Migration20261126212300_one_name extends Migration {
  override name = 'Migration20261126212300_one_name';

  override up(): void | Promise<void> {
    this.addSql(String.raw`
      create function folded_name(name text) returns text language sql immutable strict parallel safe
      return lower(normalize(translate(name,
        U&'\00AD\034F\061C\180E\200B\200C\200D\200E\200F\2060\FE0E\FE0F\FEFF', ''), NFKC) collate "und-x-icu");`);
    for (const { table, column, ...rest } of NAMED) {
      const within = 'within' in rest ? `"${rest.within}", ` : '';
      this.addSql(`
        do $$
        begin
          loop
            update "${table}" t set "${column}" = t."${column}" || ' (' || twin.n || ')',
              version = version + 1, updated_at = now()
            from (
              select id, row_number() over (partition by ${within}folded_name("${column}") order by created_at, id) as n
              from "${table}"
            ) twin
            where twin.id = t.id and twin.n > 1;
            exit when not found;
          end loop;
        end $$;`);
      this.addSql(`create unique index "${table}_one_name" on "${table}" (${within}folded_name("${column}"));`);
    }
    for (const [table, columns] of [
      ['configuration_item', ['name', 'id']],
      ['configuration_item', ['owner_team_id', 'name', 'id']],
      ['release', ['name', 'id']],
    ] as const) {
      const name = `${table}_${columns.join('_')}_index`;
      const sorted = columns.map((column) => `"${column}"${column === 'name' ? ' collate "und-x-icu"' : ''}`);
      this.addSql(`drop index "${name}";`);
      this.addSql(`create index "${name}" on "${table}" (${sorted.join(', ')});`);
    }
  }
}
