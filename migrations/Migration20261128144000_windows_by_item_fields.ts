import { Migration } from '@mikro-orm/migrations';

const BEFORE = [
  'number',
  'name',
  'ci_class',
  'criticality',
  'state',
  'lifecycle_state',
  'owner_team_id',
  'external_source',
  'external_key',
];
const ADDED = ['owner_id', 'support_team_id', 'environment', 'location', 'serial_number', 'manufacturer'];

/** Items begin or cease to match the filter of a window also by the fields that they have had since lately. */
export class Migration20261128144000_windows_by_item_fields extends Migration {
  override up(): void {
    this.noticeEditsOf([...BEFORE, ...ADDED]);
  }

  override down(): void {
    this.noticeEditsOf(BEFORE);
  }

  private noticeEditsOf(columns: readonly string[]): void {
    const names = columns.map((column) => `"${column}"`).join(', ');
    const of = (row: string) => columns.map((column) => `${row}."${column}"`).join(', ');
    this.addSql(`drop trigger "schedule_item_described" on "configuration_item";`);
    this.addSql(
      `create trigger "schedule_item_described" after update of ${names} on "configuration_item" for each row when ((${of('old')}) is distinct from (${of('new')})) execute function schedule_item_described();`,
    );
  }
}
