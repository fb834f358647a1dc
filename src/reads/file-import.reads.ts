import { fileImportList, FileImportType } from '../schema/file-import.type.js';
import { defineRead } from './model.js';

/** How imports of files are read. The results of their rows are not part of it. */
export const fileImportRead = defineRead<FileImportType>({
  list: fileImportList,
  type: 'FileImport',
  table: 'file_import',
  of: FileImportType,
  keys: ['personId'],
});
