import { sourcePrecedenceList, SourcePrecedenceType } from '../../schema/cmdb/source-precedence.type.js';
import { defineRead } from '../model.js';

/** How orders of sources are read. */
export const sourcePrecedenceRead = defineRead<SourcePrecedenceType>({
  list: sourcePrecedenceList,
  type: 'SourcePrecedence',
  table: 'source_precedence',
  of: SourcePrecedenceType,
});
