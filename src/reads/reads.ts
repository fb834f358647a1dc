import DataLoader from 'dataloader';
import { sql, type RawBuilder } from 'kysely';
import type { CustomTypesConfig } from 'pg';
import { compile, type CompiledStatement } from '../database/compile.js';
import { READ_TYPES } from '../database/read-database.js';
import { RequestError } from '../domain/errors.js';
import { logStatement, type LoggedEvent } from '../events/log.js';
import { mayRead } from './access.js';
import { filterCondition } from '../database/filter.js';
import { allRows, pageRows } from './list-rows.js';
import type { ManyEdge, ReadModel, ReadRow } from './model.js';
import { cutPage, orderSelect, Page } from './page.js';
import { takeTurn } from '../facts/turns.js';
import { pastDatabase, type Moment } from '../facts/past.js';
import { Wave } from './wave.js';
import type { Actor } from '../domain/actor.js';
import type { Queryable } from '../database/queryable.js';
import type { RequestDatabase } from '../database/request-database.js';
import type { ListInput, OrderTerm } from '../domain/list.js';

/** Reads rows for many parents in one statement. The result has one entry per id, in the same order. */
export type BatchRead<T> = (ids: readonly string[], db: Queryable, actor: Actor) => Promise<Map<string, T>>;

const where = (...conditions: (RawBuilder<unknown> | undefined)[]): RawBuilder<unknown> => {
  const all = conditions.filter((c) => c !== undefined);
  return all.length === 0 ? sql`true` : sql.join(all, sql` and `);
};

const pick = ({ first, after, last, before, filter, orderBy }: ListInput) => [
  first,
  after,
  last,
  before,
  filter,
  orderBy,
];

/** Rows of a snapshot carry the reads of their moment with them. Who copies a row copies its symbols, too. */
const OF_MOMENT = Symbol('reads of the moment');

const rowTexts = new WeakMap<ReadModel, CompiledStatement>();

/** The statement that reads one row as {@link Reads.byId} does, for a command to run it together with its commit. */
export function rowStatement(model: ReadModel, id: string): CompiledStatement & { readonly types: CustomTypesConfig } {
  let known = rowTexts.get(model);
  if (!known) {
    known = compile(sql`select ${model.select} from ${sql.raw(model.table)} t where t.id = ${''}`);
    rowTexts.set(model, known);
  }
  return { text: known.text, values: [...known.values.slice(0, -1), id], types: READ_TYPES };
}

/**
 * The reads of one request. Everything asked for in the same tick of the same kind becomes one statement, so that the
 * number of statements depends on how deep an operation is and never on how many rows it finds.
 */
export class Reads {
  readonly #loaders = new Map<unknown, DataLoader<string, unknown>>();
  readonly #wave: Wave;
  readonly #isPast: boolean;

  constructor(
    readonly db: Queryable,
    readonly actor: Actor,
    past?: { readonly wave: Wave },
  ) {
    this.#wave = past?.wave ?? new Wave();
    this.#isPast = past !== undefined;
  }

  /**
   * What was there at a moment. The fields of the snapshot, and of everything below it, read with {@link in}.
   * @param model of the snapshot, which has no table.
   */
  async past<Row extends ReadRow>(model: ReadModel<Row>, { asOf, knownAt }: Moment): Promise<Row> {
    this.#check(model);
    // Without this, two statements of one answer would see two latest states.
    const [now] = await this.db.query<{ at: string }>(sql`select now() as at`);
    const moment = { asOf: asOf ?? (now?.at as string), knownAt };
    return this.at(moment).#own({ id: '', asOf: moment.asOf, knownAt: knownAt ?? now?.at } as unknown as Row);
  }

  /** Reads of a moment. */
  at(moment: Moment): Reads {
    return new Reads(pastDatabase(this.db, moment), this.actor, { wave: this.#wave });
  }

  /** The reads of the moment that a row of a snapshot is from. */
  in(row: object): Reads {
    return (row as { readonly [OF_MOMENT]?: Reads })[OF_MOMENT] ?? this;
  }

  #own<Row extends object>(row: Row): Row {
    return this.#isPast ? Object.assign(row, { [OF_MOMENT]: this }) : row;
  }

  async #load<T>(key: unknown, load: (ids: readonly string[]) => Promise<Map<string, T>>, id: string) {
    const found = await this.#loader(key, load).load(id);
    const turn = this.turn(Array.isArray(found) ? found.length + 1 : 1);
    if (turn) await turn;
    return found;
  }

  #loader<T>(key: unknown, load: (ids: readonly string[]) => Promise<Map<string, T>>): DataLoader<string, T | null> {
    let loader = this.#loaders.get(key) as DataLoader<string, T | null> | undefined;
    if (!loader) {
      // A batch has no maximum size: the cost of a request is limited already, and the number of statements must not
      // depend on the data.
      loader = new DataLoader<string, T | null>(
        async (ids) => {
          const found = await load(ids);
          return ids.map((id) => found.get(id) ?? null);
        },
        { batchScheduleFn: (dispatch) => this.#wave.afterwards(dispatch) },
      );
      this.#loaders.set(key, loader as DataLoader<string, unknown>);
    }
    return loader;
  }

  #check(model: ReadModel): void {
    if (!mayRead(this.actor, model)) throw new RequestError('FORBIDDEN', `You are not allowed to read ${model.type}.`);
  }

  /** One row by its database id; null when it does not exist (or the id is null). @throws RequestError FORBIDDEN */
  async byId<Row extends ReadRow>(model: ReadModel<Row>, id: string | null | undefined): Promise<Row | null> {
    this.#check(model);
    if (id == null) return null;
    return await this.#load<Row>(model, this.#byIds(model), id);
  }

  #byIds<Row extends ReadRow>(model: ReadModel<Row>): (ids: readonly string[]) => Promise<Map<string, Row>> {
    return async (ids) => {
      const rows = await this.db.query<Row>(
        sql`select ${model.select} from ${sql.raw(model.table)} t where t.id = any(${ids}::uuid[])`,
      );
      return new Map(rows.map((row) => [row.id, this.#own(row)]));
    };
  }

  /** Takes over a row that was read elsewhere, with {@link rowStatement}: {@link byId} finds it without a statement. */
  know<Row extends ReadRow>(model: ReadModel<Row>, row: Row): void {
    this.#loader(model, this.#byIds(model)).prime(row.id, row);
  }

  /** One row by its id as a member of the interface `Node`, with its type. @throws RequestError FORBIDDEN */
  async node<Row extends ReadRow>(
    model: ReadModel<Row>,
    id: string | null | undefined,
  ): Promise<(Row & { readonly __typename: string }) | null> {
    const row = await this.byId(model, id);
    return row && { ...row, __typename: model.type };
  }

  /** Rows by their ids, in the order of the ids; null for each that does not exist. @throws RequestError FORBIDDEN */
  async byIds<Row extends ReadRow>(model: ReadModel<Row>, ids: readonly string[]): Promise<(Row | null)[]> {
    return await Promise.all(ids.map((id) => this.byId(model, id)));
  }

  /**
   * The same reads, for a field resolver that decides by its row what to read. Such a field runs once per row (its
   * reads are still batched) and never becomes part of a single statement.
   */
  get perRow(): Reads {
    return this;
  }

  /** The one text of a statement that answers a whole query. */
  async text(text: string, values: readonly unknown[]): Promise<string> {
    return await (this.db as RequestDatabase).text(text, values);
  }

  /** A page of the event log after a position, oldest first; with topics, only events of one of these objects. */
  async log(after: number, limit: number, topics?: readonly string[]): Promise<LoggedEvent[]> {
    return await (this.db as RequestDatabase).given<LoggedEvent>(logStatement(after, limit, topics));
  }

  /**
   * Asks for a part of the current turn of the event loop, like `takeTurn`. Whatever others of the same wave of answers
   * read while some wait comes in one statement with what these read afterwards.
   * @param weight how much work follows, in rows.
   */
  turn(weight: number): Promise<void> | undefined {
    const turn = takeTurn(weight);
    return turn && this.#wave.hold(turn);
  }

  /** Ends all reads, those that run included, because nobody waits for the answer now. */
  stop(): void {
    if ('stop' in this.db) (this.db as RequestDatabase).stop();
  }

  /** Forgets what was read before: used after a command, whose payload must show the new state. */
  clear(): void {
    this.#loaders.clear();
    if ('renew' in this.db) (this.db as RequestDatabase).renew();
  }

  /** Something computed for many ids at once, e.g. facts or counts; one statement (or a fixed few) per tick. */
  async batch<T>(name: string, read: BatchRead<T>, id: string): Promise<T | null> {
    return await this.#load<T>(name, async (ids) => await read(ids, this.db, this.actor), id);
  }

  /** One page of a whole table. @param scope a condition of the server's own, not the client's. */
  async page<Row extends ReadRow>(
    model: ReadModel<Row>,
    input: ListInput,
    fallback: readonly OrderTerm[] = [],
    scope?: RawBuilder<unknown>,
  ): Promise<Page<Row>> {
    this.#check(model);
    const cut = cutPage(model, input, input.orderBy, fallback);
    const { filter } = input;
    const from = pageRows(model, { filter, where: [scope, cut.after] }, { ...cut, limit: cut.size + 1 });
    const rows = await this.db.query<Row>(sql`
      select ${model.select}, ${orderSelect(cut)} ${from}
      order by ${cut.orderBy} limit ${sql.lit(cut.size + 1)}`);
    for (const row of rows) this.#own(row);
    return new Page(rows, cut, async () => {
      const [total] = await this.db.query<{ n: number }>(
        sql`select count(*) as n ${allRows(model, { filter, where: [scope] })}`,
      );
      return Number(total?.n ?? 0);
    });
  }

  /** One page of the list that hangs on a parent; the pages of all parents asked in this tick come in one statement. */
  async edge<Row extends ReadRow>(edge: ManyEdge<Row>, parentId: string, input: ListInput): Promise<Page<Row>> {
    this.#check(edge.model);
    const key = `${edge.name}:${JSON.stringify(pick(input))}`;
    const cut = cutPage(edge.model, input, input.orderBy, edge.defaultOrder);
    const filter = filterCondition(edge.model.filters, input.filter);
    const from = sql`${sql.raw(edge.model.table)} t ${edge.join ?? sql``}`;
    const sorted = cut.table ? sql`${cut.table} t ${edge.join ?? sql``}` : from;
    const count = async (ids: readonly string[]) => {
      const rows = await this.db.query<{ id: string; n: number }>(sql`
        select p.id, c.n from unnest(${ids}::uuid[]) as p(id)
        cross join lateral (select count(*) as n from ${from} where ${where(edge.on, filter)}) c`);
      return new Map(rows.map((row) => [row.id, Number(row.n)]));
    };
    const pages = async (ids: readonly string[]) => {
      const rows = await this.db.query<Row & { __p: string }>(sql`
        select p.id as __p, c.* from unnest(${ids}::uuid[]) as p(id) cross join lateral (
          select ${edge.model.select}, ${orderSelect(cut)} from ${sorted} where ${where(edge.on, filter, cut.after)}
          order by ${cut.orderBy} limit ${sql.lit(cut.size + 1)}
        ) c`);
      const byParent = new Map<string, Row[]>(ids.map((id) => [id, []]));
      for (const row of rows) byParent.get(row.__p)?.push(this.#own(row));
      return byParent;
    };
    const rows = (await this.#load<Row[]>(key, pages, parentId)) ?? [];
    return new Page(rows, cut, async () => (await this.#load<number>(`${key}#count`, count, parentId)) ?? 0);
  }
}
