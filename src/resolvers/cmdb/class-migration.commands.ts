import { ID, Int } from 'type-graphql';
import { classMigrationRead } from '../../reads/cmdb/class-migration.reads.js';
import { ClassMigrationType } from '../../schema/cmdb/class-migration.type.js';
import { optional, required, withDefault } from '../../schema/fields.js';
import { JSONObject } from '../../schema/scalars.js';
import * as useCases from '../../services/cmdb/class-migration.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'classMigration',
  noun: 'migration',
  type: () => ClassMigrationType,
  model: classMigrationRead,
};

/** Commands on migrations of classes. */
export const ClassMigrationCommands = commandsOn(subject, useCases, {
  classMigrationStart: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Starts to give a class of your own another schema. Its items are looked at first, some hundreds at a time. A ' +
      'dry run ends there. Otherwise the class changes if all of them fit, or if misfits are accepted, and its items ' +
      'follow.',
    about: 'Class, and the schema that it is to have.',
    inputDescription: 'Class, the schema that it is to have, and how its items follow.',
    input: {
      customClassId: required(ID, 'Id of the class.'),
      expectedVersion: required(Int, 'Version of the class that you last read. A stale one fails with CONFLICT.'),
      schema: required(JSONObject, 'JSON Schema of the attributes that the class itself declares, in full.'),
      renames: optional(JSONObject, 'New names of attributes by the old ones, e.g. `{ ram: "memory" }`.'),
      defaults: optional(JSONObject, 'Values of attributes for items that have none, by name.'),
      dryRun: withDefault(Boolean, true, 'Whether it only reports which items would not fit, and changes nothing.'),
      acceptsMisfits: withDefault(
        Boolean,
        false,
        'Whether the schema changes although items do not fit. They are listed, and have to fit at their next edit.',
      ),
    },
  },
  classMigrationCancel: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Cancels the migration of a class before anything changes.',
    about: 'Migration to cancel.',
  },
});
