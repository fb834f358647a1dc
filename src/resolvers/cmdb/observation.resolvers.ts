import {
  CiObservationResolver,
  CiObservationsRecordResolver,
  ConfigurationItemObservationsResolver,
} from './ci-observation.resolver.js';
import { IdentificationRuleCommands } from './identification-rule.commands.js';
import {
  ConfigurationItemProvenanceResolver,
  FieldProvenanceResolver,
  IdentificationResolver,
} from './identification.resolver.js';
import { SuspectedDuplicateCommands } from './suspected-duplicate.commands.js';
import { ConfigurationItemDuplicatesResolver, SuspectedDuplicateResolver } from './suspected-duplicate.resolver.js';
import { SourcePrecedenceCommands } from './source-precedence.commands.js';
import { DriftCommands } from './drift.commands.js';
import { ConfigurationItemDriftResolver, DriftResolver } from './drift.resolver.js';

/** What sources observe of configuration items, which item it is about, who said what, and drift. */
export const observationResolvers = [
  CiObservationResolver,
  ConfigurationItemObservationsResolver,
  CiObservationsRecordResolver,
  DriftResolver,
  ConfigurationItemDriftResolver,
  DriftCommands,
  IdentificationResolver,
  IdentificationRuleCommands,
  SourcePrecedenceCommands,
  SuspectedDuplicateResolver,
  SuspectedDuplicateCommands,
  ConfigurationItemDuplicatesResolver,
  ConfigurationItemProvenanceResolver,
  FieldProvenanceResolver,
] as const;
