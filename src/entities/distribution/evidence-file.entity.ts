import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { MediaBlob } from '../library/media-blob.entity.js';
import { Person } from '../people/person.entity.js';
import { TargetExecution } from './target-execution.entity.js';

const EvidenceFileSchema = defineEntity({
  name: 'EvidenceFile',
  tableName: 'evidence_file',
  properties: {
    id: id(),
    targetExecutionId: () =>
      p.manyToOne(TargetExecution).mapToPk().fieldName('target_execution_id').deleteRule('restrict'),
    mediaId: () => p.manyToOne(MediaBlob).mapToPk().fieldName('media_id').deleteRule('restrict'),
    attempt: p.integer(),
    fileName: p.text().nullable(),
    mediaType: p.text(),
    addedById: () => p.manyToOne(Person).mapToPk().fieldName('added_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['targetExecutionId', 'mediaId'] }],
  indexes: [{ properties: ['mediaId'] }],
});

/** A file that shows what was done on a target, e.g. a photograph. It is never changed or removed. */
export class EvidenceFile extends EvidenceFileSchema.class {}
EvidenceFileSchema.setClass(EvidenceFile);
