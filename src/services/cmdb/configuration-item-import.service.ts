import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import {
  MAX_IMPORT_ROWS,
  type ImportErrorPolicy,
  type ImportFailure,
  type ImportRow,
  type ImportRowResult,
} from '../../domain/cmdb/configuration-item-import.js';
import {
  becomesProtected,
  configurationItemMachine,
  takesOutOfService,
  type ConfigurationItemFacts,
} from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { RowFailure, type RowOutcome, type TakeOptions } from '../../domain/file-import.js';
import { fromNodeId } from '../../domain/node-id.js';
import { decide } from '../../domain/state-machine.js';
import { criticalityChanged } from '../release/release-target-change.service.js';
import { refuseNulls } from '../nulls.js';
import { attempt, outcomeOf } from '../row-failure.js';
import { same } from '../same-content.js';
import { externalRef, jsonObject, name, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { referencesOf, referred, type References } from './item-references.js';
import { itemTexts } from './item-texts.js';
import { classifyRow, expectCorrected, itemClasses, type ItemClasses } from './item-class.js';
import { factsOfLate, lateness, writeLate } from './late-fact.js';
import {
  BARE_ITEM,
  findItems,
  insertItems,
  recordItem,
  updateItems,
  type ItemRecord,
  type NewItem,
} from './configuration-item-rows.js';
import { saidBy } from './provenance.js';
import { underChanges } from './under-changes.js';

/** Thrown to roll back an import under REJECT_EVERYTHING. Carries the results to return. */
export class ImportRejected extends Error {
  constructor(readonly results: readonly ImportRowResult[]) {
    super('At least one row of the import failed.');
    this.name = 'ImportRejected';
  }
}

/** A row of a file: an item by its reference, or by its id if it has none. */
export type ItemRow = Omit<ImportRow, 'externalRef'> & {
  readonly externalRef?: ImportRow['externalRef'] | null;
  readonly id?: string | null;
  /** Attributes that are texts because they come from cells of a CSV. */
  readonly attributeCells?: readonly string[];
};

const TYPE = 'ConfigurationItem' as const;
const IMPORT_LOCK = 7_301_942_004;

const FIELDS = [
  'name',
  'description',
  'criticality',
  'lifecycleState',
  'ownerTeamId',
  'ownerId',
  'supportTeamId',
  'environment',
  'location',
  'serialNumber',
  'manufacturer',
  'customClassId',
  'attributes',
  'bindings',
] as const satisfies readonly (keyof ItemRecord)[];

type Values = Partial<Pick<ItemRecord, (typeof FIELDS)[number]>>;

interface Known {
  readonly items: ReadonlyMap<string, ItemRecord>;
  readonly facts: ReadonlyMap<string, ConfigurationItemFacts>;
  readonly references: References;
  readonly classes: ItemClasses;
  /** Keys of earlier rows of the same import. */
  readonly earlier: ReadonlySet<string>;
}

/** What a row is known by: its reference, or its id if it has none. @throws RequestError BAD_USER_INPUT */
function identityOf(row: ItemRow) {
  if (row.externalRef != null) {
    const ref = externalRef(row.externalRef);
    return { ref, id: undefined, key: JSON.stringify([ref.externalSource, ref.externalKey]) };
  }
  if (row.id == null)
    throw new RequestError('BAD_USER_INPUT', 'A row needs "externalRef", or the "id" of an item without one.', {
      field: 'externalRef',
    });
  const id = fromNodeId(TYPE, row.id, 'id');
  return { ref: undefined, id, key: id };
}

// Loads everything that rows are compared with, by a number of statements that does not depend on theirs.
async function look(
  uow: UnitOfWork,
  rows: readonly ItemRow[],
  { write, earlier, validFrom }: TakeOptions,
): Promise<Known> {
  const identities = rows.flatMap((row) => attempt(() => identityOf(row)) ?? []);
  const found = await findItems(
    uow,
    { refs: identities.flatMap(({ ref }) => ref ?? []), ids: identities.flatMap(({ id }) => id ?? []) },
    write,
  );
  return {
    items: new Map(
      found.flatMap((item) => [
        [JSON.stringify([item.externalSource, item.externalKey]), item] as const,
        [item.id, item] as const,
      ]),
    ),
    facts: await factsOfLate(
      uow,
      found.map(({ id }) => id),
      validFrom,
    ),
    references: await referencesOf(uow, rows),
    classes: await itemClasses(uow, {
      keys: rows.map(({ customClass }) => customClass),
      items: found,
    }),
    earlier: (await earlier?.(identities.map(({ key }) => key))) ?? new Set(),
  };
}

// As in an upsert: null cannot be stored there.
const NOT_NULL = ['description', 'criticality', 'lifecycleState', 'attributes', 'bindings'] as const;

function valuesOf(row: ItemRow, { references }: Known, before: ItemRecord | undefined): Values {
  refuseNulls(row, NOT_NULL);
  return {
    name: name(row.name),
    ...(row.description != null && { description: text(row.description, 'description') }),
    ...(row.criticality != null && { criticality: row.criticality }),
    ...(row.lifecycleState != null && { lifecycleState: row.lifecycleState }),
    ...(row.attributes != null && { attributes: jsonObject(row.attributes, 'attributes') }),
    ...(row.bindings != null && { bindings: jsonObject(row.bindings, 'bindings') }),
    ...referred(row, references, before),
    ...itemTexts(row),
  };
}

/** What rows change, to be written at once. */
interface Plan {
  readonly made: NewItem[];
  readonly edited: { readonly before: ItemRecord; readonly after: ItemRecord; readonly under: object }[];
  /** Items that count for more or less than before. */
  readonly weighed: string[];
}

function edit(plan: Plan, before: ItemRecord, row: ItemRow, values: Values, known: Known): 'UPDATED' | 'UNCHANGED' {
  if (before.ciClass !== row.ciClass)
    throw new RowFailure(
      'CLASS_FIXED',
      `The class of a configuration item cannot change; it is ${before.ciClass}.`,
      'ciClass',
    );
  const classified = { ...values, ...classifyRow(row, before, known.classes) };
  const fields = FIELDS.filter((field) => field in classified && !same(before[field], classified[field]));
  if (fields.length === 0) return 'UNCHANGED';
  expectCorrected(known.classes, { ...before, ...classified });
  const decommissions = takesOutOfService(before.lifecycleState, values.lifecycleState);
  const protects = becomesProtected(before.lifecycleState, values.lifecycleState);
  const facts = known.facts.get(before.id);
  const asked = facts && { ...facts, decommissions, protects };
  const decision = asked && decide(configurationItemMachine, before.state, 'configurationItemUpdate', asked);
  if (decision?.ok === false) {
    const code = decision.blockers[0]?.code === 'CI_IN_USE' ? 'CI_IN_USE' : 'CI_PROTECTED';
    throw new RowFailure(code, decision.blockers.map(({ message }) => message).join(' '));
  }
  if (fields.includes('criticality')) plan.weighed.push(before.id);
  plan.edited.push({ before, after: { ...before, ...classified }, under: underChanges(facts) });
  return 'UPDATED';
}

function take(plan: Plan, row: ItemRow, known: Known, seen: Set<string>): RowOutcome {
  const { ref, id, key } = identityOf(row);
  if (seen.has(key) || known.earlier.has(key))
    throw new RowFailure(
      'DUPLICATE_ROW',
      'An earlier row of this import has the same external reference.',
      'externalRef',
    );
  seen.add(key);
  const present = known.items.get(key);
  const values = valuesOf(row, known, present);
  if (present) return { status: edit(plan, present, row, values, known), id: present.id };
  if (id !== undefined) throw new RowFailure('NOT_FOUND', 'There is no ConfigurationItem with this id.', 'id');
  const bare: NewItem = {
    id: newId(),
    ...BARE_ITEM,
    ciClass: row.ciClass,
    externalSource: ref?.externalSource ?? null,
    externalKey: ref?.externalKey ?? null,
    ...(values as Values & { name: string }),
  };
  const made: NewItem = { ...bare, ...classifyRow(row, bare, known.classes) };
  plan.made.push(made);
  return { status: 'CREATED', id: made.id };
}

/**
 * Registers or edits items by rows, in a number of statements that does not depend on theirs. New items start as
 * DISCOVERED. Rows that change nothing write nothing.
 * @returns the outcomes of the rows in their order, up to the first that failed if asked to stop there. In a dry run
 *   nothing is written, and what would be created has no id.
 */
export async function takeItems(
  uow: UnitOfWork,
  rows: readonly (ItemRow | RowFailure)[],
  options: TakeOptions,
): Promise<RowOutcome[]> {
  const wellFormed = rows.filter((row): row is ItemRow => !(row instanceof RowFailure));
  const known = await look(uow, wellFormed, options);
  const plan: Plan = { made: [], edited: [], weighed: [] };
  const seen = new Set<string>();
  const outcomes: RowOutcome[] = [];
  for (const row of rows) {
    const before = seen.size;
    const outcome = outcomeOf(() => {
      if (row instanceof RowFailure) throw row;
      return take(plan, row, known, seen);
    });
    outcomes.push(!options.write && outcome.status === 'CREATED' ? { ...outcome, id: null } : outcome);
    if (options.stop && outcome.status === 'FAILED') {
      // The import goes on with this row later, so it is not taken yet.
      for (const key of [...seen].slice(before)) seen.delete(key);
      break;
    }
  }
  if (seen.size > 0) await options.remember?.([...seen]);
  const spoilt = options.whole === true && outcomes.some(({ status }) => status === 'FAILED');
  if (options.write && !spoilt) await writeLate(uow, options.validFrom, async () => await write(uow, plan, options));
  return outcomes;
}

async function write(uow: UnitOfWork, plan: Plan, { importId, validFrom }: TakeOptions): Promise<void> {
  const data = { imported: true, ...(importId !== undefined && { import: importId }), ...lateness(validFrom) };
  const said = ({ externalSource }: Pick<NewItem, 'externalSource'>) => saidBy(uow, 'IMPORT', externalSource);
  for (const after of await insertItems(uow, plan.made, said))
    recordItem(uow, 'configuration-item.registered', { before: null, after }, { ciClass: after.ciClass, ...data });
  const written = await updateItems(uow, plan.edited, said);
  for (const [at, after] of written.entries()) {
    const { before = null, under } = plan.edited[at] ?? {};
    recordItem(uow, 'configuration-item.updated', { before, after }, { ...data, ...under });
  }
  if (plan.weighed.length > 0) criticalityChanged(uow, ...plan.weighed);
}

/** Imports run one at a time: two with the same new items would otherwise make each other fail. */
export const oneImportAtATime = async (uow: UnitOfWork): Promise<void> =>
  void (await uow.query(sql`select pg_advisory_xact_lock(${IMPORT_LOCK})`));

/**
 * Registers or edits many configuration items by their external references. New items start as DISCOVERED. Rows that
 * change nothing write nothing.
 * @throws ImportRejected when a row fails under REJECT_EVERYTHING
 * @throws RequestError LIMIT_EXCEEDED for too many rows
 */
export async function configurationItemsImport(
  uow: UnitOfWork,
  input: { readonly rows: readonly ImportRow[]; readonly errorPolicy: ImportErrorPolicy },
): Promise<ImportRowResult[]> {
  if (input.rows.length > MAX_IMPORT_ROWS)
    throw new RequestError('LIMIT_EXCEEDED', `The maximum is ${MAX_IMPORT_ROWS} rows per import.`, {
      field: 'rows',
      max: MAX_IMPORT_ROWS,
    });
  await oneImportAtATime(uow);
  const whole = input.errorPolicy === 'REJECT_EVERYTHING';
  const outcomes = await takeItems(uow, input.rows, {
    write: true,
    stop: input.errorPolicy === 'STOP_AT_FAILED',
    whole,
  });
  const isRejected = whole && outcomes.some((outcome) => outcome.status === 'FAILED');
  const results = input.rows.map(({ externalRef: { source, key } }, index): ImportRowResult => {
    const base = { index, externalRef: { source, key } };
    const outcome = outcomes[index];
    if (outcome === undefined || (isRejected && outcome.status !== 'FAILED'))
      return { ...base, status: 'NOT_WRITTEN', ciId: null, code: null, message: null, field: null };
    const { status, id, message = null, field = null } = outcome;
    return { ...base, status, ciId: id, code: (outcome.code as ImportFailure | undefined) ?? null, message, field };
  });
  if (isRejected) throw new ImportRejected(results);
  return results;
}
