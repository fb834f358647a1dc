import { bytesOf, BoundedMap } from '../../domain/bounded-map.js';
import { compile, type CompiledStatement } from '../../database/compile.js';
import { exampleOf, filled, shapeOf, slotsOf, type Slots } from './example.js';
import type { Actor } from '../../domain/actor.js';
import { NotPlannable } from './symbols.js';
import { planStatement, type PlannedOperation } from './single-statement.js';

interface Remembered {
  readonly statement: CompiledStatement;
  /** Where ids and cursors stand; undefined when the statement holds for one set of variables. */
  readonly slots: Slots | undefined;
}

/** Longest key, in characters. Other requests hardly have the same long list of values. */
const LONGEST_KEY = 4_096;
/** How many statements are kept. */
const STATEMENTS = { entries: 2_000, bytes: 33_554_432 };
/** What a value takes beside its text, in bytes. */
const VALUE_BYTES = 64;
/** How many shapes of requests are remembered of which something is known. */
const SHAPES = { entries: 2_000, bytes: 4_194_304 };

const sizeOf = (value: unknown): number =>
  VALUE_BYTES +
  (typeof value === 'string'
    ? bytesOf(value)
    : Array.isArray(value)
      ? value.reduce((sum: number, item) => sum + sizeOf(item), 0)
      : 0);

// An actor is trusted for many requests.
const keys = new WeakMap<Actor, string>();
function keyOf(actor: Actor): string {
  let key = keys.get(actor);
  if (key === undefined) keys.set(actor, (key = `${actor.id ?? ''} ${actor.roles.join()}`));
  return key;
}

/** Keeps statements by document, actor and shape of the variables, and notes which documents cannot be planned. */
export class StatementCache {
  readonly #statements = new BoundedMap<Remembered>(STATEMENTS);
  readonly #unplannable = new BoundedMap<true>(SHAPES);
  readonly #unalike = new BoundedMap<true>(SHAPES);

  /** Size of what is kept, in bytes. */
  get bytes(): number {
    return this.#statements.bytes + this.#unplannable.bytes + this.#unalike.bytes;
  }

  /**
   * The statement of an operation, planned now or earlier. A plan depends on the document, the variables and the actor
   * only, because the planning context offers nothing else. These are the key; of ids and cursors among the variables,
   * only the kind counts.
   * @param document a short name of the document and operation, e.g. its hash.
   * @returns undefined when the operation has to run row by row.
   */
  async get(document: string, planned: PlannedOperation): Promise<CompiledStatement | undefined> {
    const asked = `${document} ${keyOf(planned.actor)}`;
    if (this.#unplannable.get(asked)) return undefined;
    const shape = shapeOf(planned.variables);
    const likeKey = `${asked} ${shape.text}`;
    const alike = this.#statements.get(likeKey);
    if (alike?.slots)
      return { text: alike.statement.text, values: filled(alike.statement.values, alike.slots, shape.real) };
    if (!this.#unalike.get(likeKey)) {
      const example = exampleOf(planned.variables);
      const statement = await this.#plan(asked, { ...planned, variables: example.variables });
      const slots = statement && slotsOf(statement.values, example.places);
      if (statement && slots) {
        this.#remember(likeKey, { statement, slots });
        return { text: statement.text, values: filled(statement.values, slots, shape.real) };
      }
      this.#unalike.set(likeKey, true);
    }
    const key = `${asked} \u0002${JSON.stringify(planned.variables)}`;
    const known = this.#statements.get(key);
    if (known) return known.statement;
    const statement = await this.#plan(asked, planned);
    if (statement) this.#remember(key, { statement, slots: undefined });
    return statement;
  }

  async #plan(asked: string, planned: PlannedOperation): Promise<CompiledStatement | undefined> {
    try {
      // A plan is kept for longer than credentials are valid. The door checks them.
      const { expiresAt: _checked, ...actor } = planned.actor;
      return compile(await planStatement({ ...planned, actor }));
    } catch (error) {
      if (error instanceof NotPlannable) this.#unplannable.set(asked, true);
      return undefined;
    }
  }

  #remember(key: string, remembered: Remembered): void {
    if (key.length > LONGEST_KEY) return;
    const { text, values } = remembered.statement;
    this.#statements.set(key, remembered, bytesOf(text) + sizeOf(values));
  }
}
