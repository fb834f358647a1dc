import { isDeepStrictEqual } from 'node:util';
import type { ReadModel } from '../model.js';
import { NotPlannable, type Column, type ReadSymbol, type SymbolicReads, type Trial } from './symbols.js';

// A resolver says what it reads by being run on a row of symbols. That holds for all rows only if the resolver does the
// same for each of them: a resolver that branches on its row would be planned by the one branch that symbols happen to
// take. JavaScript cannot intercept `===` and truthiness, so a symbol alone does not notice every branch. Three things
// together do:
//
// 1. The resolver may look only at the field that it passes on as the key. `release.kind === 'EMERGENCY' ? null : …`
//    looks at `kind` and does not pass it on.
// 2. It is run again with null as the key, and with a string for which no row is found, and has to do the same. So it
//    does not branch on whether there is a key or a row, on the type of the key, or on whether the key is the actor's.
// 3. What remains is a comparison of the key with some other constant. A rule in test/architecture.test.ts refuses it.

/** A resolver and what it is asked about. */
export interface Question {
  /** The field, for messages, e.g. `Release.owner`. */
  readonly field: string;
  /** The rows that it resolves; undefined at the root of a query. */
  readonly parent: { readonly model: ReadModel; readonly prototype: object } | undefined;
  /** Runs the resolver on a row. */
  readonly resolve: (row: unknown) => unknown;
}

// Stands for a key where the actor has none.
const SOME_ID = '01920000-0000-7000-8000-00000000abcd';

interface Answer {
  readonly trial: Trial;
  readonly result: unknown;
}

async function run(
  reads: SymbolicReads,
  { field, parent, resolve }: Question,
  found: boolean,
  value?: string | null,
): Promise<Answer> {
  const trial = reads.begin(field, found);
  let result: unknown;
  try {
    result = await resolve(parent && reads.row(parent.model, parent.prototype, value));
  } catch (error) {
    // A resolver may expect more of a symbol than there is. Other errors are its answer, e.g. a malformed cursor.
    throw error instanceof TypeError ? new NotPlannable(`${field} fails without a row`) : error;
  }
  if (trial.refusal !== undefined) throw new NotPlannable(trial.refusal);
  return { trial, result };
}

/** Runs the resolver on a value of the key. Whatever it throws is a reaction to that value. */
async function probe(...args: Parameters<typeof run>): Promise<Answer> {
  try {
    return await run(...args);
  } catch (error) {
    throw error instanceof NotPlannable ? error : new NotPlannable(`${args[1].field} fails for some rows`);
  }
}

const keyOf = (symbol: ReadSymbol): Column | string | undefined =>
  symbol.kind === 'one' ? symbol.id : symbol.kind === 'edge' ? symbol.parent : undefined;

/** The same read, but with a value in place of its key. */
const withKey = (symbol: ReadSymbol, key: string): ReadSymbol =>
  symbol.kind === 'one' ? { ...symbol, id: key } : symbol.kind === 'edge' ? { ...symbol, parent: key } : symbol;

const same = (a: ReadSymbol | undefined, b: ReadSymbol): boolean =>
  a !== undefined &&
  a.kind === b.kind &&
  a.model === b.model &&
  keyOf(a) === keyOf(b) &&
  (a.kind !== 'one' || a.asNode === (b as typeof a).asNode) &&
  (a.kind !== 'edge' || (a.edge === (b as typeof a).edge && isDeepStrictEqual(a.input, (b as typeof a).input)));

function looksOnlyAtItsKey({ field, looked }: Trial, key: Column | string | undefined): void {
  const other = [...looked].find((name) => typeof key !== 'object' || name !== key.field);
  if (other !== undefined) throw new NotPlannable(`${field} looks at ${other} and does not pass it on`);
}

/**
 * Asks a resolver what it reads.
 * @returns its one read, which holds for every row.
 * @throws NotPlannable when it does anything but one read, or may do something else for some rows; whatever the
 * resolver throws itself, e.g. RequestError for a malformed cursor.
 */
export async function askResolver(reads: SymbolicReads, question: Question): Promise<ReadSymbol> {
  const { field, parent } = question;
  const { trial, result } = await run(reads, question, true);
  const [symbol, ...more] = trial.reads;
  if (!symbol || result !== trial.answer) throw new NotPlannable(`${field} computes its result`);
  if (more.length > 0) throw new NotPlannable(`${field} reads more than once`);
  const key = keyOf(symbol);
  looksOnlyAtItsKey(trial, key);
  if (key === undefined) return symbol;
  if (symbol.kind === 'edge' && typeof key === 'string') throw new NotPlannable(`${field} reads an edge of no row`);

  const differs = () => new NotPlannable(`${field} does not do the same for every row`);
  const value = typeof key === 'string' ? key : (reads.actor.id ?? SOME_ID);
  const missing = await probe(reads, question, false, value);
  looksOnlyAtItsKey(missing.trial, key);
  const expected = withKey(symbol, value);
  if (missing.trial.reads.length !== 1 || !same(missing.trial.reads[0], expected)) throw differs();
  if ((missing.result ?? null) !== missing.trial.answer) throw differs();

  if (parent && typeof key !== 'string' && symbol.kind === 'one' && key.field !== 'id') {
    const none = await probe(reads, question, true, null);
    looksOnlyAtItsKey(none.trial, key);
    if (none.trial.reads.length > 0 || (none.result ?? null) !== null) throw differs();
  }
  return symbol;
}
