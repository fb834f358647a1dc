import { sql } from 'kysely';
import { migratedAttributes, type AttributeMoves } from '../../domain/cmdb/class-migration.machine.js';
import type { AttributeSchema } from '../../domain/cmdb/attribute-schema.js';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import type { CustomClassState } from '../../domain/cmdb/custom-class.machine.js';
import { blocker } from '../../domain/blocker.js';
import { Refusal, RequestError } from '../../domain/errors.js';
import { keepsNumber } from '../../domain/value.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { violationsOf } from './attribute-check.js';
import type { ItemRecord } from './configuration-item-rows.js';

/** A class, as far as its items depend on it. */
export interface ItemClass {
  readonly id: string;
  readonly key: string;
  readonly state: CustomClassState;
  readonly ciClass: CiClass;
  readonly effectiveSchema: AttributeSchema;
  /** The schema that it is about to have, with what becomes of attributes; null if there is none. */
  readonly pending: (AttributeMoves & { readonly schema: AttributeSchema }) | null;
}

/** Classes that items have or get, by id and by key. */
export interface ItemClasses {
  readonly byId: ReadonlyMap<string, ItemClass>;
  readonly byKey: ReadonlyMap<string, ItemClass>;
  /** Ids of items that do not fit their class: they have to at their next edit. */
  readonly misfits: ReadonlySet<string>;
}

/** An item, as far as its class depends on it. */
interface Classified {
  readonly ciClass: CiClass;
  readonly customClassId?: string | null | undefined;
}

type ClassRow = Omit<ItemClass, 'pending'> & {
  readonly pendingSchema: AttributeSchema | null;
  readonly migrationId: string | null;
  readonly misfits: readonly string[];
};

// Read after the classes are locked: a statement that waits for the start of a migration sees the class as it is then,
// but not the migration, which was not there when the statement began.
async function pendingMoves(uow: UnitOfWork, rows: readonly ClassRow[]): Promise<ReadonlyMap<string, AttributeMoves>> {
  const ids = rows.flatMap(({ pendingSchema, migrationId }) => (pendingSchema && migrationId ? [migrationId] : []));
  if (ids.length === 0) return new Map();
  const moves = await uow.query<AttributeMoves & { readonly id: string }>(sql`
    select id, renames, defaults from class_migration where id = any(${ids}::uuid[])`);
  return new Map(moves.map((row) => [row.id, row]));
}

/**
 * Loads classes by key and by id, in one statement, or two while one of them is being migrated. Their schemas do not
 * change until the unit of work ends, so that what fits now fits when it is stored.
 */
export async function itemClasses(
  uow: UnitOfWork,
  {
    keys,
    items,
  }: {
    readonly keys: readonly (string | null | undefined)[];
    readonly items: readonly { readonly id: string; readonly customClassId?: string | null | undefined }[];
  },
): Promise<ItemClasses> {
  const wanted = [...new Set(keys.filter((key) => key != null))];
  const classified = items.filter(({ customClassId }) => customClassId != null);
  const known = [...new Set(classified.map(({ customClassId }) => customClassId))];
  if (wanted.length + known.length === 0) return { byId: new Map(), byKey: new Map(), misfits: new Set() };
  const rows = await uow.query<ClassRow>(sql`
    select c.id, c.key, c.state, c.ci_class as "ciClass", c.effective_schema as "effectiveSchema",
      c.pending_schema as "pendingSchema", c.migration_id as "migrationId", array(select m.ci_id from class_misfit m
        where m.stands and m.ci_id = any(${classified.map(({ id }) => id)}::uuid[])) as misfits
    from custom_class c where c.key = any(${wanted}::text[]) or c.id = any(${known}::uuid[])
    order by c.id for share of c`);
  const moves = await pendingMoves(uow, rows);
  const found = rows.map((row): ItemClass => {
    const move = row.migrationId === null ? undefined : moves.get(row.migrationId);
    const { pendingSchema: schema } = row;
    return { ...row, pending: schema && move ? { schema, renames: move.renames, defaults: move.defaults } : null };
  });
  return {
    byId: new Map(found.map((row) => [row.id, row])),
    byKey: new Map(found.map((row) => [row.key, row])),
    misfits: new Set(rows.flatMap(({ misfits }) => misfits)),
  };
}

/**
 * The class that an item has after a write.
 * @param given key of the class; null removes it, undefined keeps it.
 * @throws RequestError BAD_USER_INPUT for a class that there is not, or of another built-in class; Refusal
 *   CLASS_RETIRED
 */
export function customClassOf(
  classes: ItemClasses,
  given: string | null | undefined,
  item: Classified,
): ItemClass | undefined {
  const present = item.customClassId == null ? undefined : classes.byId.get(item.customClassId);
  if (given === undefined) return present;
  if (given === null) return undefined;
  const wanted = classes.byKey.get(given);
  const bad = (message: string) => new RequestError('BAD_USER_INPUT', message, { field: 'customClass' });
  if (wanted === undefined) throw bad(`There is no class with the key "${given.slice(0, 100)}".`);
  if (wanted.ciClass !== item.ciClass)
    throw bad(`Class ${wanted.key} is below ${wanted.ciClass}, and the configuration item is a ${item.ciClass}.`);
  if (wanted.state === 'RETIRED' && wanted !== present)
    throw new Refusal([
      blocker('CLASS_RETIRED', `Class ${wanted.key} is retired. Choose another one.`, ['CONFIGURATION_MANAGER'], {
        subject: { type: 'CustomClass', id: wanted.id },
        path: ['customClass'],
      }),
    ]);
  return wanted;
}

/**
 * Expects attributes to fit a class. Whatever writes attributes asks this.
 * @param itemClass undefined for an item without a class of one's own: then everything fits.
 * @throws Refusal ATTRIBUTES_INVALID with the path of each violation
 */
export function expectFit(itemClass: ItemClass | undefined, attributes: Readonly<Record<string, unknown>>): void {
  if (itemClass === undefined) return;
  const { effectiveSchema, pending, key, id } = itemClass;
  const now = violationsOf(effectiveSchema, attributes).map((violation) => ({ ...violation, of: `class ${key}` }));
  const soon =
    now.length > 0 || pending === null
      ? []
      : violationsOf(pending.schema, migratedAttributes(attributes, pending)).map((violation) => ({
          ...violation,
          of: `the schema that class ${key} is being migrated to`,
        }));
  const blockers = [...now, ...soon].map(({ path, problem, of }) =>
    blocker('ATTRIBUTES_INVALID', `"${path.join('.')}" ${problem}; ${of}.`, ['CONFIGURATION_MANAGER'], {
      subject: { type: 'CustomClass', id },
      path: [...path],
    }),
  );
  if (blockers.length > 0) throw new Refusal(blockers);
}

/**
 * Expects an item that is edited to fit its class, if a migration left it as it was.
 * @throws Refusal ATTRIBUTES_INVALID
 */
export function expectCorrected(
  { byId, misfits }: ItemClasses,
  { id, customClassId, attributes }: Pick<ItemRecord, 'id' | 'customClassId' | 'attributes'>,
): void {
  if (misfits.has(id) && customClassId !== null) expectFit(byId.get(customClassId), attributes);
}

/** What a row of an import says of an item: its class, and the attributes, some of which can be cells of a CSV. */
interface ClassifiedRow {
  readonly customClass?: string | null | undefined;
  readonly attributes?: Record<string, unknown> | null | undefined;
  readonly attributeCells?: readonly string[] | undefined;
}

const isNumber = (text: string) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) && keepsNumber(text);

// A cell has no type. The schema of the class says which one it stands for; what it cannot stand for stays a text.
function typed(attributes: Record<string, unknown>, cells: readonly string[], { properties }: AttributeSchema) {
  const read = { ...attributes };
  for (const name of cells) {
    const [cell, type] = [read[name], Object.hasOwn(properties, name) ? properties[name]?.type : undefined];
    if (typeof cell !== 'string') continue;
    if (type === 'boolean' && (cell === 'true' || cell === 'false')) read[name] = cell === 'true';
    if ((type === 'number' || type === 'integer') && isNumber(cell)) read[name] = Number(cell);
  }
  return read;
}

/**
 * The class and the attributes of an item as a row of an import says them. They are judged together.
 * @param before the item as it is, or a new one without a class.
 * @throws RequestError BAD_USER_INPUT, Refusal CLASS_RETIRED, ATTRIBUTES_INVALID
 */
export function classifyRow(
  row: ClassifiedRow,
  before: Classified & { readonly attributes: Record<string, unknown> },
  classes: ItemClasses,
): { customClassId?: string | null; attributes?: Record<string, unknown> } {
  if (row.customClass === undefined && row.attributes == null) return {};
  const itemClass = customClassOf(classes, row.customClass, before);
  const given = row.attributes ?? undefined;
  const attributes = given && itemClass ? typed(given, row.attributeCells ?? [], itemClass.effectiveSchema) : given;
  expectFit(itemClass, attributes ?? before.attributes);
  return {
    ...(row.customClass !== undefined && { customClassId: itemClass?.id ?? null }),
    ...(attributes && { attributes }),
  };
}
