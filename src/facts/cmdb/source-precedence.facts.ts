import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { SourceOrder } from '../../domain/cmdb/source-precedence.js';

/** All orders of sources that are set, in one statement. */
export const sourceOrders = async (db: Queryable): Promise<SourceOrder[]> =>
  await db.query<SourceOrder>(sql`
    select ci_class as "ciClass", field, sources from source_precedence where sources is not null order by id`);
