import { dmlRepositoryList, DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import { defineRead } from '../model.js';

/** How repositories of the DML are read. */
export const dmlRepositoryRead = defineRead<DmlRepositoryType>({
  list: dmlRepositoryList,
  type: 'DmlRepository',
  table: 'dml_repository',
  of: DmlRepositoryType,
  keys: ['deploymentToolId'],
});
