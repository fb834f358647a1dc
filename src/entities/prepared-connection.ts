import { isRaw, PostgreSqlConnection, Utils } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';

type Execute = PostgreSqlConnection['execute'];

/** Statements with more values than this are large writes that do not come again in the same form. */
const MOST_VALUES = 100;

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint']);

/**
 * Sends the values of a statement beside its text.
 *
 * The connection of MikroORM writes them into the text, so PostgreSQL has to parse and plan each statement again.
 * `openDatabase` names the statements that come again.
 */
export class PreparedConnection extends PostgreSqlConnection {
  override execute: Execute = async (query, params, method = 'all', ctx, loggerContext) => {
    const { sql, params: values } = typeof query === 'string' ? { sql: query, params } : this.#rawOf(query);
    const prepared = Array.isArray(values) ? this.#prepare(sql, values) : undefined;
    if (prepared === undefined) return await super.execute(query, params, method, ctx, loggerContext);
    await this.ensureConnection();
    return await this.executeQuery(
      sql,
      async () => {
        const compiled = CompiledQuery.raw(prepared.text, prepared.values);
        return this.transformRawResult(await (ctx ?? this.getClient()).executeQuery(compiled), method);
      },
      { ...loggerContext, query: sql, params: prepared.values },
    );
  };

  #rawOf(query: Exclude<Parameters<Execute>[0], string>): { readonly sql: string; readonly params: unknown } {
    return isRaw(query) ? query : query.toRaw();
  }

  // The same reading of placeholders as in `formatQuery` of the platform: a list stands for its elements. What needs
  // more ("??" is a name, "\\?" a question mark) is left to the platform.
  #prepare(sql: string, params: readonly unknown[]): { text: string; values: unknown[] } | undefined {
    if (params.length === 0 || params.length > MOST_VALUES || sql.includes('??') || sql.includes('\\?'))
      return undefined;
    const parts = sql.split('?');
    if (parts.length !== params.length + 1) return undefined;
    const values: unknown[] = [];
    let text = parts[0] as string;
    for (const [index, param] of params.entries()) {
      const items: readonly unknown[] = Array.isArray(param) ? param : [param];
      if (items.length === 0 || values.length + items.length > MOST_VALUES) return undefined;
      const places: string[] = [];
      for (const item of items) {
        const value = this.#valueOf(item);
        if (value === undefined) return undefined;
        places.push(`$${values.push(value)}`);
      }
      text += places.join(', ') + (parts[index + 1] as string);
    }
    return { text, values };
  }

  #valueOf(value: unknown): unknown {
    if (value === null || SCALARS.has(typeof value)) return value;
    if (value instanceof Date) return value.toISOString(); // the connection is in UTC
    return Utils.isPlainObject(value) && !isRaw(value) ? JSON.stringify(value) : undefined;
  }
}
