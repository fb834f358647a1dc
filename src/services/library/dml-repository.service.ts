import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import { lockForCommand, refer } from '../load.js';
import { line, name, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { DmlRepository } from '../../entities/library/dml-repository.entity.js';

/** Fields of a DML repository that a client may set. */
export interface DmlRepositoryFieldsInput {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly location?: string | null;
  readonly deploymentToolId?: string | null;
}

const TYPE = 'DmlRepository' as const;

async function apply(uow: UnitOfWork, repository: DmlRepository, input: DmlRepositoryFieldsInput): Promise<void> {
  if (input.name != null) repository.name = name(input.name);
  if (input.description != null) repository.description = text(input.description, 'description');
  if (input.location != null) repository.location = line(input.location, 'location', { max: 500 });
  if (input.deploymentToolId === null) repository.deploymentToolId = null;
  else if (input.deploymentToolId !== undefined)
    repository.deploymentToolId = (
      await refer(uow, DeploymentTool, 'DeploymentTool', input.deploymentToolId, 'deploymentToolId')
    ).id;
}

/** Adds a repository to the Definitive Media Library. @throws RequestError ALREADY_EXISTS when the name is taken. */
export async function dmlRepositoryCreate(
  uow: UnitOfWork,
  input: DmlRepositoryFieldsInput & { readonly name: string },
): Promise<DmlRepository> {
  const repository = uow.em.create(DmlRepository, { name: name(input.name) });
  await apply(uow, repository, input);
  uow.record({ type: 'dml-repository.created', subjectType: TYPE, subject: repository });
  return repository;
}

/** Edits a repository. */
export async function dmlRepositoryUpdate(
  uow: UnitOfWork,
  input: DmlRepositoryFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<DmlRepository> {
  const repository = await lockForCommand(uow, DmlRepository, TYPE, input);
  await apply(uow, repository, input);
  uow.record({ type: 'dml-repository.updated', subjectType: TYPE, subject: repository });
  return repository;
}
