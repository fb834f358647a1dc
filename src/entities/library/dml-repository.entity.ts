import { defineEntity, p } from '@mikro-orm/core';
import { id, mutable, number, oneName } from '../columns.js';
import { DeploymentTool } from '../distribution/deployment-tool.entity.js';

const DmlRepositorySchema = defineEntity({
  name: 'DmlRepository',
  tableName: 'dml_repository',
  properties: {
    id: id(),
    number: number('DMR', 'dml_repository'),
    name: p.text().unique(),
    description: p.text().default(''),
    location: p.text().default(''),
    deploymentToolId: () =>
      p.manyToOne(DeploymentTool).mapToPk().fieldName('deployment_tool_id').nullable().deleteRule('restrict'),
    ...mutable(),
  },
  uniques: [oneName('dml_repository', ['name'])],
});

/** A repository of the Definitive Media Library, with the deployment tool that distributes from it, if any. */
export class DmlRepository extends DmlRepositorySchema.class {}

DmlRepositorySchema.setClass(DmlRepository);
