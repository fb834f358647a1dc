import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';
import { Task } from './task.entity.js';

const TestedContentSchema = defineEntity({
  name: 'TestedContent',
  tableName: 'tested_content',
  properties: {
    id: id(),
    taskId: () => p.manyToOne(Task).mapToPk().fieldName('task_id').deleteRule('restrict'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').deleteRule('restrict'),
    digest: p.text(),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['taskId', 'dmlItemVersionId'] }],
  indexes: [{ properties: ['dmlItemVersionId'] }],
});

/** A media version in the package when a task of kind TEST was completed, with the digest of its bytes then. */
export class TestedContent extends TestedContentSchema.class {}

TestedContentSchema.setClass(TestedContent);
