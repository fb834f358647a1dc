import { defineEntity, p } from '@mikro-orm/core';

const ConfigurationAuditItemSchema = defineEntity({
  name: 'ConfigurationAuditItem',
  tableName: 'configuration_audit_item',
  properties: {
    auditId: p.uuid().primary(),
    ciId: p.uuid().primary(),
  },
});

/** An item that a configuration audit has yet to look at. */
export class ConfigurationAuditItem extends ConfigurationAuditItemSchema.class {}
ConfigurationAuditItemSchema.setClass(ConfigurationAuditItem);
