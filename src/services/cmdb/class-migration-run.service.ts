import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import type { AttributeSchema } from '../../domain/cmdb/attribute-schema.js';
import {
  classMigrationMachine,
  isMoved,
  migratedAttributes,
  type AttributeMoves,
  type ClassMigrationCommand,
  type ClassMigrationState,
  type ClassMisfitReason,
} from '../../domain/cmdb/class-migration.machine.js';
import { configurationItemMachine } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { toNodeId } from '../../domain/node-id.js';
import { decide, decideSystem, type SystemRow } from '../../domain/state-machine.js';
import { eachOf } from '../../domain/steps.js';
import { ClassMigration } from '../../entities/cmdb/class-migration.entity.js';
import { configurationItemFacts } from '../../facts/cmdb/configuration-item.facts.js';
import { inTurns } from '../../facts/turns.js';
import { lock } from '../load.js';
import { enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { violationsOf } from './attribute-check.js';
import { familyOf, lockFamily, release, schemasWith, type ClassFamily } from './class-migration.service.js';
import { findItems, recordItem, updateItems, type ItemRecord } from './configuration-item-rows.js';
import { saidBy } from './provenance.js';
import { underChanges } from './under-changes.js';

/** How many items a migration looks at in one transaction. */
const PER_STEP = 500;
const TYPE = 'ClassMigration' as const;
/** Held by everything that notes which work has to be judged by the calendar again. */
const IMPACT_LOCK = 7_301_942_003;
/** Held by a window while its filter is saved. */
const SAVED_FILTERS_LOCK = 7_301_942_013;

const SYSTEM_ROWS = classMigrationMachine.rows.filter(({ system }) => system === true) as unknown as SystemRow<
  ClassMigrationState,
  ClassMigrationCommand
>[];

/** Migrations that have not ended. */
export const runningMigrations = () => sql<{ id: string }>`
  select id from class_migration where state in ('CHECKING', 'MIGRATING') order by id limit 20`;

interface Misfit {
  readonly ciId: string;
  readonly reason: ClassMisfitReason;
  readonly violations: readonly string[];
  readonly stands: boolean;
}

const told = (schema: AttributeSchema, attributes: Readonly<Record<string, unknown>>): string[] =>
  violationsOf(schema, attributes).map(({ path, problem }) => `${path.join('.')} ${problem}`);

async function writeMisfits(
  uow: UnitOfWork,
  migration: ClassMigration,
  ciIds: readonly string[],
  misfits: readonly Misfit[],
): Promise<void> {
  const rows = misfits.map((misfit) => ({ id: newId(), ...misfit }));
  await uow.query(sql`delete from class_misfit where migration_id = ${migration.id} and ci_id = any(${ciIds}::uuid[])`);
  if (rows.length === 0) return;
  await uow.query(sql`
    insert into class_misfit (id, migration_id, ci_id, reason, violations, stands, created_at)
    select r.id, ${migration.id}, r."ciId", r.reason, r.violations, r.stands, ${uow.now}
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as r(id uuid, "ciId" uuid, reason text, violations text[], stands boolean)`);
}

/** The next items of the class and of those below it, by id. */
const nextItems = async (uow: UnitOfWork, { customClassId, position }: ClassMigration): Promise<string[]> => {
  const rows = await uow.query<{ id: string }>(sql`
    select c.id from configuration_item c
    where c.custom_class_id = any(array(
        select k.id from custom_class k where k.lineage @> array[${customClassId}::uuid]))
      and (${position ?? null}::uuid is null or c.id > ${position ?? null}::uuid)
    order by c.id limit ${sql.lit(PER_STEP)}`);
  return rows.map(({ id }) => id);
};

function advance(uow: UnitOfWork, migration: ClassMigration, ids: readonly string[]): void {
  migration.position = ids.at(-1) ?? migration.position ?? null;
  migration.items += ids.length;
  uow.record({
    type: 'class-migration.advanced',
    subjectType: TYPE,
    subject: migration,
    topics: [migration.customClassId],
  });
}

function go(uow: UnitOfWork, migration: ClassMigration, command: ClassMigrationCommand, type: string): void {
  const allowed = decideSystem(SYSTEM_ROWS, migration.state, command);
  if (allowed === undefined) throw new Error(`A migration that is ${migration.state} has no ${command}`);
  if (command !== 'classMigrationSwitch') migration.endedAt = uow.now;
  enter(uow, migration, allowed, { type, subjectType: TYPE, topics: [migration.customClassId] });
}

type Schemas = ReadonlyMap<string, AttributeSchema>;

// A dry run holds no class, so that one above or below can change until it contradicts the schema.
async function schemasNow(uow: UnitOfWork, { customClassId, schema }: ClassMigration): Promise<Schemas | undefined> {
  try {
    return await schemasWith(uow, await familyOf(uow, customClassId), schema);
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

// Holds no class, so that nobody waits who writes items.
async function check(uow: UnitOfWork, migration: ClassMigration, schemas: Schemas): Promise<boolean> {
  const ids = await nextItems(uow, migration);
  const items = await uow.query<Pick<ItemRecord, 'id' | 'attributes' | 'customClassId'>>(sql`
    select c.id, c.attributes, c.custom_class_id as "customClassId" from configuration_item c
    where c.id = any(${ids}::uuid[])`);
  const moves = movesOf(migration);
  const misfits = await inTurns(
    eachOf(items, ({ id, attributes, customClassId }): Misfit[] => {
      const schema = schemas.get(customClassId as string);
      const violations = schema ? told(schema, migratedAttributes(attributes, moves)) : [];
      return violations.length === 0 ? [] : [{ ciId: id, reason: 'DOES_NOT_FIT', violations, stands: false }];
    }),
  );
  await writeMisfits(uow, migration, ids, misfits.flat());
  migration.misfits += misfits.flat().length;
  advance(uow, migration, ids);
  return ids.length === PER_STEP;
}

const movesOf = ({ renames, defaults }: ClassMigration): AttributeMoves => ({
  renames: renames as Record<string, string>,
  defaults,
});

const comparedAs = ({ type, format, indexed }: Readonly<Record<string, unknown>>): string =>
  indexed === true ? `${type === 'integer' ? 'number' : String(type)} ${String(format)}` : '';

/** Names of attributes whose values the index does not have yet. */
function missingIn(before: AttributeSchema, after: AttributeSchema, { renames, defaults }: AttributeMoves): string[] {
  const moved = new Set([...Object.values(renames), ...Object.keys(defaults)]);
  return Object.entries(after.properties).flatMap(([name, definition]) => {
    const then = Object.hasOwn(before.properties, name) ? before.properties[name] : undefined;
    const isThere = then !== undefined && comparedAs(then) === comparedAs(definition) && !moved.has(name);
    return comparedAs(definition) === '' || isThere ? [] : [name];
  });
}

/** Gives the classes their new schemas. From here on, whatever is written fits these. */
async function change(uow: UnitOfWork, migration: ClassMigration, family: ClassFamily): Promise<void> {
  const schemas = await schemasWith(uow, family, migration.schema);
  family[0].schema = migration.schema;
  for (const one of family) {
    const schema = schemas.get(one.id) as AttributeSchema;
    one.indexing = missingIn(one.effectiveSchema, schema, movesOf(migration));
    one.effectiveSchema = schema;
    one.schemaVersion += 1;
    one.pendingSchema = null;
    one.migrationId = migration.id;
    uow.record({
      type: 'custom-class.schema-changed',
      subjectType: 'CustomClass',
      subject: one,
      topics: [migration.id],
      data: { schemaVersion: one.schemaVersion },
    });
  }
  Object.assign(migration, { position: null, items: 0, misfits: 0 });
  go(uow, migration, 'classMigrationSwitch', 'class-migration.switched');
}

// Filters of windows can find other items by the new index, also where no item has changed. This does what the trigger
// of items does: a window that is being saved waits for the first lock; otherwise the second statement sees it.
async function noteFilters(uow: UnitOfWork, ciIds: readonly string[]): Promise<void> {
  const [held] = await uow.query<{ got: boolean }>(
    sql`select pg_try_advisory_xact_lock_shared(${SAVED_FILTERS_LOCK}) as got`,
  );
  const [window] = await uow.query(sql`select id from schedule_window where active and filter is not null limit 1`);
  if (held?.got === true && window === undefined) return;
  await uow.query(sql`select pg_advisory_xact_lock_shared(${IMPACT_LOCK})`);
  await uow.query(sql`select schedule_note_impact(${ciIds}::uuid[])`);
}

async function migrate(uow: UnitOfWork, migration: ClassMigration): Promise<boolean> {
  const ids = await nextItems(uow, migration);
  const family = await familyOf(uow, migration.customClassId);
  const schemas = new Map(family.map(({ id, effectiveSchema }) => [id as string | null, effectiveSchema]));
  // Without those that left the class before they were locked.
  const items = (await findItems(uow, { refs: [], ids }, true)).filter((item) => schemas.has(item.customClassId));
  const stayed = items.map(({ id }) => id);
  const facts = await configurationItemFacts(uow, uow.actor, stayed);
  const moves = movesOf(migration);
  const edited: { before: ItemRecord; after: ItemRecord; under: object }[] = [];
  const misfits: Misfit[] = [];
  await inTurns(
    eachOf(items, (before) => {
      const fact = facts.get(before.id);
      const moved = isMoved(before.attributes, moves);
      const may =
        !moved ||
        (fact !== undefined && decide(configurationItemMachine, before.state, 'configurationItemUpdate', fact).ok);
      const attributes = moved && may ? migratedAttributes(before.attributes, moves) : before.attributes;
      if (moved && may) edited.push({ before, after: { ...before, attributes }, under: underChanges(fact) });
      const violations = told(schemas.get(before.customClassId) as AttributeSchema, attributes);
      if (violations.length > 0 || !may)
        misfits.push({
          ciId: before.id,
          reason: may ? 'DOES_NOT_FIT' : 'PROTECTED',
          violations,
          stands: violations.length > 0,
        });
    }),
  );
  // The person who started it says what it writes.
  const said = { ...saidBy(uow, 'COMMAND'), p: migration.startedById };
  const written = await updateItems(uow, edited, () => said);
  for (const [at, after] of written.entries()) {
    const { before = null, under } = edited[at] ?? {};
    recordItem(
      uow,
      'configuration-item.updated',
      { before, after },
      { migration: toNodeId(TYPE, migration.id), ...under },
    );
  }
  // What earlier migrations found is judged again, and the index follows the schema also where no item changed.
  await uow.query(sql`update class_misfit set stands = false where ci_id = any(${stayed}::uuid[]) and stands`);
  await writeMisfits(uow, migration, stayed, misfits);
  await uow.query(sql`select ci_attribute_refresh(${stayed}::uuid[])`);
  await noteFilters(uow, stayed);
  migration.migrated += edited.length;
  migration.misfits += misfits.length;
  advance(uow, migration, ids);
  return ids.length === PER_STEP;
}

/**
 * Looks at the next items of a migration, in one short transaction.
 * @returns whether there is more to do.
 */
export async function stepMigration(uow: UnitOfWork, id: string): Promise<boolean> {
  const migration = await lock(uow, ClassMigration, TYPE, id);
  if (migration.state === 'MIGRATING') {
    if (await migrate(uow, migration)) return true;
    go(uow, migration, 'classMigrationComplete', 'class-migration.completed');
    await release(uow, migration);
    return false;
  }
  if (migration.state !== 'CHECKING') return false;
  const schemas = await schemasNow(uow, migration);
  if (schemas !== undefined && (await check(uow, migration, schemas))) return true;
  const refused = migration.misfits > 0 && !migration.acceptsMisfits;
  if (!migration.dryRun && !refused && schemas !== undefined) {
    await change(uow, migration, await lockFamily(uow, migration.customClassId));
    return true;
  }
  if (migration.dryRun && schemas !== undefined) go(uow, migration, 'classMigrationReport', 'class-migration.checked');
  else go(uow, migration, 'classMigrationRefuse', 'class-migration.refused');
  await release(uow, migration);
  return false;
}
