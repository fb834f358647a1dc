import { ID } from 'type-graphql';
import { configurationAuditRead } from '../../reads/cmdb/configuration-audit.reads.js';
import { ConfigurationAuditType } from '../../schema/cmdb/configuration-audit.type.js';
import { optional, required, withDefault } from '../../schema/fields.js';
import * as useCases from '../../services/cmdb/configuration-audit.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'configurationAudit',
  noun: 'configuration audit',
  type: () => ConfigurationAuditType,
  model: configurationAuditRead,
};

/** Commands on configuration audits. */
export const ConfigurationAuditCommands = commandsOn(subject, useCases, {
  configurationAuditStart: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Starts an audit of an item with everything that it depends on, or of the items of an approved baseline, which ' +
      'the record is then compared with.',
    about: 'What to audit.',
    inputDescription: 'What to audit: an item or an approved baseline.',
    input: {
      name: required(String, 'Name of the audit, 1 to 200 characters.'),
      configurationItemId: optional(ID, 'Id of the item, e.g. of a service. Instead of `baselineId`.'),
      baselineId: optional(ID, 'Id of an approved baseline. Instead of `configurationItemId`.'),
      withDependencies: withDefault(Boolean, true, 'Whether to include everything that the item depends on.'),
      expectsObservations: withDefault(Boolean, false, 'Whether an item that no source has observed is a finding.'),
    },
  },
  configurationAuditCancel: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Cancels an audit. What it has found stays.',
    about: 'Audit to cancel.',
  },
});
