import { ClassMigrationCommands } from './class-migration.commands.js';
import {
  ClassMigrationResolver,
  ClassMisfitResolver,
  CustomClassMigrationsResolver,
} from './class-migration.resolver.js';
import { CustomClassCommands } from './custom-class.commands.js';
import {
  ConfigurationItemCustomClassResolver,
  ConfigurationItemSnapshotCustomClassResolver,
  CustomClassResolver,
} from './custom-class.resolver.js';

/** Everything of the API about classes of one's own. */
export const customClassResolvers = [
  CustomClassResolver,
  ConfigurationItemCustomClassResolver,
  ConfigurationItemSnapshotCustomClassResolver,
  CustomClassCommands,
  ClassMigrationResolver,
  ClassMisfitResolver,
  CustomClassMigrationsResolver,
  ClassMigrationCommands,
] as const;
