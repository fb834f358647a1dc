import { defineEntity, p } from '@mikro-orm/core';
import { DEPLOYMENT_TOOL_STATES } from '../../domain/distribution/deployment-tool.machine.js';
import { id, mutable } from '../columns.js';

const DeploymentToolSchema = defineEntity({
  name: 'DeploymentTool',
  tableName: 'deployment_tool',
  properties: {
    id: id(),
    name: p.text().unique(),
    adapterId: p.text(),
    title: p.text().default(''),
    state: p.enum(DEPLOYMENT_TOOL_STATES).default('STARTING'),
    detail: p.text().nullable(),
    toolVersion: p.text().nullable(),
    capabilities: p.json<Record<string, unknown>>().nullable(),
    configured: p.boolean().default(true),
    maxTargetsAtOnce: p.integer().nullable(),
    probedAt: p.datetime().nullable(),
    ...mutable(),
  },
});

/**
 * One configured instance of a deployment tool. Its configuration and secrets stay in the config file of the operator.
 */
export class DeploymentTool extends DeploymentToolSchema.class {}
DeploymentToolSchema.setClass(DeploymentTool);
