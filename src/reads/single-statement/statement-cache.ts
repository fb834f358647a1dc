import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { NotPlannable } from './symbols.js';
import { planStatement, type PlannedOperation } from './single-statement.js';

/** A statement ready to be sent. */
export interface PreparedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const compiler = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Remembers statements by document, variables and roles, and which documents cannot be planned at all. */
export class StatementCache {
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #unplannable = new Set<string>();

  constructor(readonly max = 2_000) {}

  /**
   * The statement of an operation, planned now or earlier. What a resolver answers to symbols depends on the document, the
   * variables and the actor, and on nothing else (the planning context offers nothing else), so these are the key.
   * @param document a short name of the document and operation, e.g. its hash.
   * @returns undefined when the operation must run the ordinary way.
   */
  async get(document: string, planned: PlannedOperation): Promise<PreparedStatement | undefined> {
    const shape = `${document} ${planned.actor.id ?? ''} ${planned.actor.roles.join()}`;
    if (this.#unplannable.has(shape)) return undefined;
    const key = `${shape} ${JSON.stringify(planned.variables)}`;
    const known = this.#statements.get(key);
    if (known) {
      this.#statements.delete(key); // to the young end
      this.#statements.set(key, known);
      return known;
    }
    try {
      const { sql: text, parameters } = (await planStatement(planned)).compile(compiler);
      const statement = { text, values: parameters };
      if (key.length <= 4_096) {
        if (this.#statements.size >= this.max) this.#statements.delete(this.#statements.keys().next().value as string);
        this.#statements.set(key, statement);
      }
      return statement;
    } catch (error) {
      if (error instanceof NotPlannable) {
        if (this.#unplannable.size >= this.max) this.#unplannable.clear();
        this.#unplannable.add(shape);
      }
      return undefined;
    }
  }
}
