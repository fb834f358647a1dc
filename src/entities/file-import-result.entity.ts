import { defineEntity, p } from '@mikro-orm/core';
import { FileImport } from './file-import.entity.js';

const FileImportResultSchema = defineEntity({
  name: 'FileImportResult',
  tableName: 'file_import_result',
  properties: {
    fileImportId: () => p.manyToOne(FileImport).mapToPk().primary().fieldName('file_import_id').deleteRule('cascade'),
    firstRow: p.integer().primary(),
    outcomes: p.json<unknown[]>(),
  },
});

/** The results of consecutive rows of an imported file, from `firstRow` on. One row here for each batch. */
export class FileImportResult extends FileImportResultSchema.class {}
FileImportResultSchema.setClass(FileImportResult);
