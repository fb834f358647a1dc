import {
  type EntityMetadata,
  type EntityProperty,
  isRaw,
  type PostgreSqlDriver,
  ReferenceKind,
} from '@mikro-orm/postgresql';
import { PlainDriver } from './plain-driver.js';
import { PreparedConnection } from './prepared-connection.js';

type UpdateMany = PostgreSqlDriver['nativeUpdateMany'];

/**
 * Writes the changes of many rows by one statement that joins them as a list of values.
 *
 * The driver of MikroORM writes `set a = case when id = 1 then … when id = 2 then … end`. PostgreSQL then compares each
 * row with each id, so the time grows with the square of the number of rows.
 */
export class SetBasedDriver extends PlainDriver {
  protected override readonly connection = new PreparedConnection(this.config);

  override nativeUpdateMany: UpdateMany = async (entityName, where, data, options, transform) => {
    const meta = this.metadata.get(entityName) as EntityMetadata;
    const key = meta.getPrimaryProp();
    const ids = where.map((condition) => (condition as Readonly<Record<string, unknown>>)[key.name]);
    const names = [...new Set(data.flatMap((row) => Object.keys(row)))];
    const props = names.map((name) => (meta.properties as Record<string, EntityProperty>)[name] as EntityProperty);
    const rows = data as readonly Readonly<Record<string, unknown>>[];
    const plain =
      !options?.upsert &&
      transform === undefined &&
      names.length > 0 &&
      meta.primaryKeys.length === 1 &&
      meta.getOwnConcurrencyCheckKeys().length === 0 &&
      ids.every((id) => typeof id === 'string') &&
      props.every((prop) => prop.fieldNames.length === 1 && prop.kind !== ReferenceKind.EMBEDDED) &&
      rows.every((row) => Object.values(row).every((value) => !isRaw(value)));
    if (!plain) return await super.nativeUpdateMany(entityName, where, data, options, transform);

    const quote = (name: string) => this.platform.quoteIdentifier(name);
    const nameOf = (prop: EntityProperty) => quote(prop.fieldNames[0] as string);
    const typeOf = (prop: EntityProperty) => prop.columnTypes[0] as string;
    // A column that only some rows change has a second one beside it, which tells where.
    const partial = names.map((name) => rows.some((row) => !(name in row)));
    const params: unknown[] = [];
    const values = rows.map((row, index) => {
      params.push(ids[index]);
      const cells = names.map((name, n) => {
        params.push(row[name] ?? null);
        if (partial[n]) params.push(name in row);
        return partial[n] ? ', ?, ?::boolean' : ', ?';
      });
      return `(?${cells.join('')})`;
    });
    const columns = names.map((_, n) => `, v${n}${partial[n] ? `, has${n}` : ''}`).join('');
    const sets = props.map((prop, n) => {
      const value = `n.v${n}::${typeOf(prop)}`;
      return `${nameOf(prop)} = ${partial[n] ? `case when n.has${n} then ${value} else o.${nameOf(prop)} end` : value}`;
    });
    const version = meta.ownsVersionProperty() ? meta.props.find(({ version }) => version) : undefined;
    if (version) sets.push(`${nameOf(version)} = o.${nameOf(version)} + 1`);
    const returned = [key, ...(version ? [version] : []), ...meta.props.filter(({ generated }) => generated)];
    const sql =
      `update ${quote(meta.tableName)} as o set ${sets.join(', ')} ` +
      `from (values ${values.join(', ')}) as n(id${columns}) where o.${nameOf(key)} = n.id::uuid ` +
      `returning ${returned.map((prop) => `o.${nameOf(prop)}`).join(', ')}`;
    const result = await this.rethrow(this.execute(sql, params, 'run', options?.ctx, options?.loggerContext));
    return result as never;
  };
}
