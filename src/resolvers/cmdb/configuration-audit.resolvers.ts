import { AuditFindingCommands } from './audit-finding.commands.js';
import { ConfigurationAuditCommands } from './configuration-audit.commands.js';
import {
  AuditFindingResolver,
  ConfigurationAuditResolver,
  ConfigurationItemAuditFindingsResolver,
} from './configuration-audit.resolver.js';

/** Configuration audits and what they found. */
export const configurationAuditResolvers = [
  ConfigurationAuditResolver,
  AuditFindingResolver,
  ConfigurationItemAuditFindingsResolver,
  ConfigurationAuditCommands,
  AuditFindingCommands,
] as const;
