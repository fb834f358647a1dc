import { BaselineCommands } from './baseline.commands.js';
import {
  BaselineResolver,
  ConfigurationItemBaselinesResolver,
  DistributionBaselinesResolver,
} from './baseline.resolver.js';

/** Baselines of configuration items. */
export const baselineResolvers = [
  BaselineResolver,
  ConfigurationItemBaselinesResolver,
  DistributionBaselinesResolver,
  BaselineCommands,
] as const;
