import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import type { DmlItemKind } from '../../domain/library/media.js';
import { fromNodeId } from '../../domain/node-id.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { lock, lockForCommand, refer } from '../load.js';
import { externalRef, line, name, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { DmlItem } from '../../entities/library/dml-item.entity.js';
import { DmlRepository } from '../../entities/library/dml-repository.entity.js';

/** Fields of a DML item that a client may set. */
export interface DmlItemFieldsInput {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly kind?: DmlItemKind | null;
  readonly vendor?: string | null;
  readonly licence?: string | null;
  readonly configurationItemId?: string | null;
}

const TYPE = 'DmlItem' as const;

async function apply(uow: UnitOfWork, item: DmlItem, input: DmlItemFieldsInput): Promise<void> {
  if (input.name != null) item.name = name(input.name);
  if (input.description != null) item.description = text(input.description, 'description');
  if (input.kind != null) item.kind = input.kind;
  if (input.vendor != null) item.vendor = line(input.vendor, 'vendor', { max: 200 });
  if (input.licence != null) item.licence = line(input.licence, 'licence', { max: 500 });
  if (input.configurationItemId === null) item.configurationItemId = null;
  else if (input.configurationItemId !== undefined) {
    item.configurationItemId = (
      await refer(uow, ConfigurationItem, 'ConfigurationItem', input.configurationItemId, 'configurationItemId')
    ).id;
  }
}

const topics = (item: DmlItem) => [item.repositoryId, item.configurationItemId];

/** Adds an item to a repository. @throws RequestError ALREADY_EXISTS when its name or reference is taken. */
export async function dmlItemCreate(
  uow: UnitOfWork,
  input: DmlItemFieldsInput & {
    readonly repositoryId: string;
    readonly name: string;
    readonly externalRef?: { source: string; key: string } | null;
  },
): Promise<DmlItem> {
  const repository = await refer(uow, DmlRepository, 'DmlRepository', input.repositoryId, 'repositoryId');
  const item = uow.em.create(DmlItem, {
    repositoryId: repository.id,
    name: name(input.name),
    ...externalRef(input.externalRef),
  });
  await apply(uow, item, input);
  uow.record({
    type: 'dml-item.created',
    subjectType: TYPE,
    subject: item,
    topics: topics(item),
    data: { kind: item.kind },
  });
  return item;
}

async function edit(uow: UnitOfWork, item: DmlItem, input: DmlItemFieldsInput): Promise<DmlItem> {
  await apply(uow, item, input);
  uow.record({ type: 'dml-item.updated', subjectType: TYPE, subject: item, topics: topics(item) });
  return item;
}

/** Edits an item. */
export async function dmlItemUpdate(
  uow: UnitOfWork,
  input: DmlItemFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<DmlItem> {
  return await edit(uow, await lockForCommand(uow, DmlItem, TYPE, input), input);
}

/**
 * Adds or edits the item that another system knows by a reference.
 * @throws RequestError BAD_USER_INPUT when it would move to another repository.
 */
export async function dmlItemUpsert(
  uow: UnitOfWork,
  input: DmlItemFieldsInput & {
    readonly repositoryId: string;
    readonly name: string;
    readonly externalRef: { source: string; key: string };
  },
): Promise<DmlItem> {
  const ref = externalRef(input.externalRef);
  const [known] = await uow.query<{ id: string }>(
    sql`select id from dml_item where external_source = ${ref.externalSource} and external_key = ${ref.externalKey}`,
  );
  if (!known) return await dmlItemCreate(uow, input);
  const item = await lock(uow, DmlItem, TYPE, known.id);
  if (item.repositoryId !== fromNodeId('DmlRepository', input.repositoryId, 'repositoryId')) {
    throw new RequestError('BAD_USER_INPUT', 'A DML item stays in its repository, and this item is in another one.', {
      field: 'repositoryId',
    });
  }
  return await edit(uow, item, input);
}
