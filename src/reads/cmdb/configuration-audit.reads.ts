import { configurationAuditList, ConfigurationAuditType } from '../../schema/cmdb/configuration-audit.type.js';
import { defineRead } from '../model.js';

/** How configuration audits are read. */
export const configurationAuditRead = defineRead<ConfigurationAuditType>({
  list: configurationAuditList,
  type: 'ConfigurationAudit',
  table: 'configuration_audit',
  of: ConfigurationAuditType,
  keys: ['ciId', 'baselineId', 'startedById'],
});
