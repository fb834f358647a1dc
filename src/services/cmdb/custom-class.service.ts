import {
  effectiveSchema,
  normalSchema,
  OPEN_SCHEMA,
  problemsOfSchema,
  type AttributeSchema,
  type SchemaProblem,
} from '../../domain/cmdb/attribute-schema.js';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { customClassMachine } from '../../domain/cmdb/custom-class.machine.js';
import { blocker } from '../../domain/blocker.js';
import { newId } from '../../database/new-id.js';
import { Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { CustomClass } from '../../entities/cmdb/custom-class.entity.js';
import { customClassFacts } from '../../facts/cmdb/custom-class.facts.js';
import { factsOf } from '../facts-of.js';
import { lock, lockForCommand } from '../load.js';
import { jsonObject, name, optionalReason, text } from '../text.js';
import { demand, transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'CustomClass' as const;

/** Deepest class below a built-in one. */
const MAX_CLASS_DEPTH = 8;
const KEY = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** A command on a class. */
export interface CustomClassCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

function refuseProblems(problems: readonly SchemaProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const list = problems.map(({ path, problem }) => ({ path: `schema.${path}`, problem }));
  throw new RequestError('BAD_USER_INPUT', `"schema.${first.path}" ${first.problem}.`, {
    field: `schema.${first.path}`,
    problems: list,
  });
}

/** A schema from a client, in full. @throws RequestError BAD_USER_INPUT with every problem and its path */
export function schemaOf(given: Record<string, unknown> | null | undefined): AttributeSchema {
  if (given == null) return OPEN_SCHEMA;
  jsonObject(given, 'schema');
  refuseProblems(problemsOfSchema(given));
  return normalSchema(given);
}

/** The schema that items have to fit. @throws RequestError BAD_USER_INPUT where it contradicts a class above */
export function schemaBelow(above: AttributeSchema, own: AttributeSchema): AttributeSchema {
  const { schema, problems } = effectiveSchema(above, own);
  refuseProblems(problems);
  return schema;
}

function keyOf(given: string): string {
  if (given.length > 50 || !KEY.test(given))
    throw new RequestError('BAD_USER_INPUT', '"key" is 1 to 50 lower-case letters and digits, divided by hyphens.', {
      field: 'key',
    });
  return given;
}

async function parentOf(uow: UnitOfWork, nodeId: string, ciClass: CiClass): Promise<CustomClass> {
  // Locked, so that it is neither retired nor changed before the class below it is there.
  const parent = await lock(uow, CustomClass, TYPE, fromNodeId(TYPE, nodeId, 'parentId'));
  const bad = (message: string) => new RequestError('BAD_USER_INPUT', message, { field: 'parentId' });
  if (parent.ciClass !== ciClass) throw bad(`Class ${parent.key} is below ${parent.ciClass}, not below ${ciClass}.`);
  if (parent.lineage.length >= MAX_CLASS_DEPTH)
    throw bad(`A class is at most ${MAX_CLASS_DEPTH} below a built-in one.`);
  if (parent.migrationId != null)
    throw new Refusal([
      blocker(
        'CLASS_MIGRATING',
        `Class ${parent.key} is being migrated. Wait until that ends.`,
        ['CONFIGURATION_MANAGER'],
        {
          subject: { type: TYPE, id: parent.id },
          path: ['parentId'],
        },
      ),
    ]);
  if (parent.state === 'RETIRED')
    throw new Refusal([
      blocker('CLASS_RETIRED', `Class ${parent.key} is retired. Reactivate it first.`, ['CONFIGURATION_MANAGER'], {
        subject: { type: TYPE, id: parent.id },
        path: ['parentId'],
      }),
    ]);
  return parent;
}

/**
 * Defines a class below a built-in class, or below another class of one's own. What it is below never changes, so that
 * classes cannot form a cycle.
 * @throws RequestError BAD_USER_INPUT for a malformed schema or key, ALREADY_EXISTS for a key that is taken
 */
export async function customClassDefine(
  uow: UnitOfWork,
  input: {
    readonly key: string;
    readonly name: string;
    readonly description?: string | null;
    readonly ciClass: CiClass;
    readonly parentId?: string | null;
    readonly schema?: Record<string, unknown> | null;
  },
): Promise<CustomClass> {
  const schema = schemaOf(input.schema);
  const parent = input.parentId == null ? undefined : await parentOf(uow, input.parentId, input.ciClass);
  const id = newId();
  const made = uow.em.create(CustomClass, {
    id,
    key: keyOf(input.key),
    name: name(input.name),
    description: text(input.description ?? '', 'description'),
    ciClass: input.ciClass,
    parentId: parent?.id ?? null,
    lineage: [...(parent?.lineage ?? []), id],
    schema,
    effectiveSchema: schemaBelow(parent?.effectiveSchema ?? OPEN_SCHEMA, schema),
  });
  uow.record({ type: 'custom-class.defined', subjectType: TYPE, subject: made });
  return made;
}

/** Edits the name and the description of a class. */
export async function customClassUpdate(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion: number;
    readonly name?: string | null;
    readonly description?: string | null;
  },
): Promise<CustomClass> {
  const found = await lockForCommand(uow, CustomClass, TYPE, input);
  demand(customClassMachine, found, 'customClassUpdate', await factsOf(uow, customClassFacts, TYPE, found));
  if (input.name != null) found.name = name(input.name);
  if (input.description != null) found.description = text(input.description, 'description');
  uow.record({ type: 'custom-class.updated', subjectType: TYPE, subject: found });
  return found;
}

async function command(
  uow: UnitOfWork,
  input: CustomClassCommandInput,
  verb: 'customClassRetire' | 'customClassReactivate',
  type: string,
): Promise<CustomClass> {
  const found = await lockForCommand(uow, CustomClass, TYPE, input);
  const facts = await factsOf(uow, customClassFacts, TYPE, found);
  const reason = optionalReason(input.reason);
  transition(uow, customClassMachine, found, verb, facts, { type, subjectType: TYPE, reason });
  return found;
}

/** Retires a class: no further item can be of it. @throws Refusal CLASS_IN_USE while a class below it is active */
export const customClassRetire = async (uow: UnitOfWork, input: CustomClassCommandInput) =>
  await command(uow, input, 'customClassRetire', 'custom-class.retired');

/** Takes the retirement of a class back. @throws Refusal CLASS_RETIRED while the class above it is retired */
export const customClassReactivate = async (uow: UnitOfWork, input: CustomClassCommandInput) =>
  await command(uow, input, 'customClassReactivate', 'custom-class.reactivated');
