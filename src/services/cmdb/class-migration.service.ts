import { sql } from 'kysely';
import { effectiveSchema, type AttributeSchema } from '../../domain/cmdb/attribute-schema.js';
import { classMigrationMachine, type AttributeMoves } from '../../domain/cmdb/class-migration.machine.js';
import { blocker } from '../../domain/blocker.js';
import { Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { ClassMigration } from '../../entities/cmdb/class-migration.entity.js';
import { CustomClass } from '../../entities/cmdb/custom-class.entity.js';
import { classMigrationFacts } from '../../facts/cmdb/class-migration.facts.js';
import { factsOf } from '../facts-of.js';
import { expectVersion, lockForCommand, lockMany } from '../load.js';
import { jsonObject, optionalReason } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { violationsOf } from './attribute-check.js';
import { schemaBelow, schemaOf } from './custom-class.service.js';

const TYPE = 'ClassMigration' as const;
const CLASS = 'CustomClass' as const;

/** What starts a migration. */
export interface ClassMigrationStartInput {
  readonly customClassId: string;
  readonly expectedVersion: number;
  readonly schema: Record<string, unknown>;
  readonly renames?: Record<string, unknown> | null;
  readonly defaults?: Record<string, unknown> | null;
  readonly dryRun?: boolean | null;
  readonly acceptsMisfits?: boolean | null;
}

const bad = (field: string, message: string) => new RequestError('BAD_USER_INPUT', message, { field });

/** A class and those below it, each behind the one that it is below. */
export type ClassFamily = readonly [CustomClass, ...CustomClass[]];

const inOrder = (family: CustomClass[]): ClassFamily =>
  family.sort((a, b) => a.lineage.length - b.lineage.length) as [CustomClass, ...CustomClass[]];

async function idsOf(uow: UnitOfWork, id: string): Promise<string[]> {
  const rows = await uow.query<{ id: string }>(sql`select id from custom_class where lineage @> array[${id}::uuid]`);
  return [id, ...rows.map((row) => row.id)];
}

/** A class and those below it. */
export const familyOf = async (uow: UnitOfWork, id: string): Promise<ClassFamily> =>
  inOrder(await uow.em.find(CustomClass, { id: { $in: await idsOf(uow, id) } }));

/** A class and those below it, locked in the order of their ids. */
export const lockFamily = async (uow: UnitOfWork, id: string): Promise<ClassFamily> =>
  inOrder(await lockMany(uow, CustomClass, CLASS, await idsOf(uow, id)));

/**
 * The schemas of a class and of those below it, if the class had another one.
 * @param family the class first.
 * @throws RequestError BAD_USER_INPUT where a class below contradicts it
 */
export async function schemasWith(
  uow: UnitOfWork,
  family: ClassFamily,
  schema: AttributeSchema,
): Promise<Map<string, AttributeSchema>> {
  const [root, ...below] = family;
  const above = root.parentId == null ? null : await uow.em.findOne(CustomClass, { id: root.parentId });
  const empty: AttributeSchema = { type: 'object', properties: {}, required: [], additionalProperties: true };
  const schemas = new Map([[root.id, schemaBelow(above?.effectiveSchema ?? empty, schema)]]);
  for (const one of below) {
    const parent = schemas.get(one.parentId as string) as AttributeSchema;
    const { schema: found, problems } = effectiveSchema(parent, one.schema);
    if (problems[0])
      throw bad('schema', `Class ${one.key} below contradicts it: "${problems[0].path}" ${problems[0].problem}.`);
    schemas.set(one.id, found);
  }
  return schemas;
}

function movesOf(input: ClassMigrationStartInput, before: AttributeSchema, after: AttributeSchema): AttributeMoves {
  const renames = jsonObject(input.renames ?? {}, 'renames');
  const defaults = jsonObject(input.defaults ?? {}, 'defaults');
  const { properties } = after;
  const targets = Object.values(renames);
  for (const [name, target] of Object.entries(renames)) {
    if (typeof target !== 'string' || !Object.hasOwn(properties, target))
      throw bad('renames', `"renames.${name.slice(0, 80)}" must be the name of an attribute that the schema declares.`);
    // Nor can two attributes change places: what is written in the new form while the items follow would be renamed
    // once more.
    if (Object.hasOwn(properties, name))
      throw bad('renames', `The schema still declares "${name}", so that it cannot be renamed.`);
    const unit = Object.hasOwn(before.properties, name) ? before.properties[name]?.['unit'] : undefined;
    if (unit !== undefined && properties[target]?.['unit'] !== unit)
      throw bad(
        'renames',
        `"${name}" is in ${String(unit)}, and "${target}" is not, so that its values would be wrong.`,
      );
  }
  if (new Set(targets).size < targets.length) throw bad('renames', 'Two attributes cannot get the same name.');
  for (const [name, value] of Object.entries(defaults)) {
    const definition = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (definition === undefined)
      throw bad('defaults', `"defaults.${name.slice(0, 80)}" is no attribute that the schema declares.`);
    const alone: AttributeSchema = { ...after, properties: { [name]: definition }, required: [] };
    const [violation] = violationsOf(alone, { [name]: value });
    if (violation) throw bad('defaults', `"defaults.${name}" ${violation.problem}.`);
  }
  for (const [name, definition] of Object.entries(before.properties)) {
    const then = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (then && definition['unit'] !== undefined && then['unit'] !== definition['unit'])
      throw bad('schema', `"${name}" is in ${String(definition['unit'])}. Give what is in another unit another name.`);
  }
  return { renames: renames as Record<string, string>, defaults };
}

/**
 * Starts to give a class another schema. Its items are looked at first. A dry run ends with the report. Otherwise
 * writers of items have to fit both schemas until the class changes, unless misfits are accepted.
 * @throws Refusal CLASS_MIGRATING, RequestError CONFLICT, BAD_USER_INPUT
 */
export async function classMigrationStart(uow: UnitOfWork, input: ClassMigrationStartInput): Promise<ClassMigration> {
  const schema = schemaOf(input.schema);
  const family = await lockFamily(uow, fromNodeId(CLASS, input.customClassId, 'customClassId'));
  const [root] = family;
  expectVersion(root, input.expectedVersion);
  const schemas = await schemasWith(uow, family, schema);
  const moves = movesOf(input, root.effectiveSchema, schemas.get(root.id) as AttributeSchema);
  const [dryRun, acceptsMisfits] = [input.dryRun ?? true, input.acceptsMisfits ?? false];
  const busy = family.find(({ migrationId }) => migrationId != null);
  if (busy && !dryRun)
    throw new Refusal([
      blocker(
        'CLASS_MIGRATING',
        `Class ${busy.key} is being migrated. Wait until that ends.`,
        ['CONFIGURATION_MANAGER'],
        {
          subject: { type: CLASS, id: busy.id },
        },
      ),
    ]);
  const migration = uow.em.create(ClassMigration, {
    customClassId: root.id,
    schema,
    ...moves,
    dryRun,
    acceptsMisfits,
    schemaVersion: root.schemaVersion,
    startedById: uow.actorId,
  });
  uow.record({ type: 'class-migration.started', subjectType: TYPE, subject: migration, topics: [root.id] });
  if (dryRun) return migration;
  await uow.em.flush();
  for (const one of family) {
    one.migrationId = migration.id;
    one.pendingSchema = acceptsMisfits ? null : (schemas.get(one.id) as AttributeSchema);
    uow.record({ type: 'custom-class.migration-started', subjectType: CLASS, subject: one, topics: [migration.id] });
  }
  return migration;
}

/** Lets the classes of a migration go on as they are now. */
export async function release(uow: UnitOfWork, { id, customClassId }: ClassMigration): Promise<void> {
  for (const one of await lockFamily(uow, customClassId)) {
    if (one.migrationId !== id) continue;
    Object.assign(one, { migrationId: null, pendingSchema: null, indexing: [] });
    uow.record({ type: 'custom-class.migration-ended', subjectType: CLASS, subject: one, topics: [id] });
  }
}

/** Cancels a migration before anything changes. What it has found stays. */
export async function classMigrationCancel(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<ClassMigration> {
  const migration = await lockForCommand(uow, ClassMigration, TYPE, input);
  const facts = await factsOf(uow, classMigrationFacts, TYPE, migration);
  transition(uow, classMigrationMachine, migration, 'classMigrationCancel', facts, {
    type: 'class-migration.cancelled',
    subjectType: TYPE,
    topics: [migration.customClassId],
    reason: optionalReason(input.reason),
  });
  migration.endedAt = uow.now;
  await release(uow, migration);
  return migration;
}
