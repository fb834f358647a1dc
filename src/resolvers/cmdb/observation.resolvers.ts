import {
  CiObservationResolver,
  CiObservationsRecordResolver,
  ConfigurationItemObservationsResolver,
} from './ci-observation.resolver.js';
import { DriftCommands } from './drift.commands.js';
import { ConfigurationItemDriftResolver, DriftResolver } from './drift.resolver.js';

/** What sources observe of configuration items, and drift. */
export const observationResolvers = [
  CiObservationResolver,
  ConfigurationItemObservationsResolver,
  CiObservationsRecordResolver,
  DriftResolver,
  ConfigurationItemDriftResolver,
  DriftCommands,
] as const;
