import { defineEntity, p } from '@mikro-orm/core';

const FileImportKeySchema = defineEntity({
  name: 'FileImportKey',
  tableName: 'file_import_key',
  properties: {
    fileImportId: p.uuid().primary(),
    key: p.uuid().primary(),
  },
});

/** A hash of the key of each row that an import has taken, so that it finds the same key again. Gone when it ends. */
export class FileImportKey extends FileImportKeySchema.class {}
FileImportKeySchema.setClass(FileImportKey);
