import { compile, type CompiledStatement } from '../../database/compile.js';
import { exampleOf, filled, slotsOf } from './example.js';
import { NotPlannable } from './symbols.js';
import { planStatement, type PlannedOperation } from './single-statement.js';

interface Remembered {
  readonly statement: CompiledStatement;
  /**
   * Positions of values that stand for ids and cursors; undefined when the statement holds for one set of variables.
   */
  readonly slots: readonly number[] | undefined;
}

const LONGEST_KEY = 4_096;

/** Keeps statements by document, actor and shape of the variables, and notes which documents cannot be planned. */
export class StatementCache {
  readonly #statements = new Map<string, Remembered>();
  readonly #unplannable = new Set<string>();
  readonly #unalike = new Set<string>();

  constructor(readonly max = 2_000) {}

  /**
   * The statement of an operation, planned now or earlier. A plan depends on the document, the variables and the actor
   * only, because the planning context offers nothing else. These are the key; of ids and cursors among the variables,
   * only the kind counts.
   * @param document a short name of the document and operation, e.g. its hash.
   * @returns undefined when the operation has to run row by row.
   */
  async get(document: string, planned: PlannedOperation): Promise<CompiledStatement | undefined> {
    const shape = `${document} ${planned.actor.id ?? ''} ${planned.actor.roles.join()}`;
    if (this.#unplannable.has(shape)) return undefined;
    const example = exampleOf(planned.variables);
    const likeKey = `${shape} ${example.shape}`;
    const alike = this.#recall(likeKey);
    if (alike?.slots)
      return { text: alike.statement.text, values: filled(alike.statement.values, alike.slots, example.real) };
    if (!this.#unalike.has(likeKey)) {
      const statement = await this.#plan(shape, { ...planned, variables: example.variables });
      const slots = statement && slotsOf(statement.values, example.real);
      if (statement && slots) {
        this.#remember(likeKey, { statement, slots });
        return { text: statement.text, values: filled(statement.values, slots, example.real) };
      }
      if (this.#unalike.size >= this.max) this.#unalike.clear();
      this.#unalike.add(likeKey);
    }
    const key = `${shape} \u0002${JSON.stringify(planned.variables)}`;
    const known = this.#recall(key);
    if (known) return known.statement;
    const statement = await this.#plan(shape, planned);
    if (statement) this.#remember(key, { statement, slots: undefined });
    return statement;
  }

  async #plan(shape: string, planned: PlannedOperation): Promise<CompiledStatement | undefined> {
    try {
      return compile(await planStatement(planned));
    } catch (error) {
      if (error instanceof NotPlannable) {
        if (this.#unplannable.size >= this.max) this.#unplannable.clear();
        this.#unplannable.add(shape);
      }
      return undefined;
    }
  }

  #recall(key: string): Remembered | undefined {
    const known = this.#statements.get(key);
    if (known) {
      this.#statements.delete(key); // becomes the youngest entry
      this.#statements.set(key, known);
    }
    return known;
  }

  #remember(key: string, remembered: Remembered): void {
    if (key.length > LONGEST_KEY) return;
    if (this.#statements.size >= this.max) this.#statements.delete(this.#statements.keys().next().value as string);
    this.#statements.set(key, remembered);
  }
}
