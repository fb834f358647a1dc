import { Int } from 'type-graphql';
import { sourcePrecedenceRead } from '../../reads/cmdb/source-precedence.reads.js';
import { SourcePrecedenceType } from '../../schema/cmdb/source-precedence.type.js';
import { CiClassEnum } from '../../schema/enums.js';
import { optional, reasonField, required } from '../../schema/fields.js';
import * as useCases from '../../services/cmdb/source-precedence.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'sourcePrecedence',
  noun: 'order of sources',
  type: () => SourcePrecedenceType,
  model: sourcePrecedenceRead,
};

const roles = ['ADMINISTRATOR'] as const;

/** Commands on orders of sources. */
export const SourcePrecedenceCommands = commandsOn(subject, useCases, {
  sourcePrecedenceSet: {
    roles,
    description:
      'Sets which source counts more than which, in place of the order for the same class and field. The one for a ' +
      'class and a field counts before that for a class, then that for a field, then that for all. Items that ' +
      'several sources see are compared again within seconds.',
    about: 'Order to set.',
    inputDescription: 'Order of sources, for a class and a field, for one of them, or for all.',
    input: {
      ciClass: optional(CiClassEnum, 'Class of items that it is for. Absent for all classes.'),
      field: optional(
        String,
        'Field that it is for: one that sources observe, e.g. `location`, or `attributes.` with the name of an ' +
          'attribute. Absent for all fields.',
      ),
      sources: required(
        [String],
        'Sources, at most 100, the one that counts most first. Those that are not named count less, and alike; with ' +
          'an empty list, all do.',
      ),
      expectedVersion: optional(Int, 'Version you last read. If given, a stale one fails with CONFLICT.'),
      ...reasonField,
    },
  },
  sourcePrecedenceReset: {
    roles,
    description: 'Removes an order of sources. The next wider one counts in its place.',
    about: 'Order to remove.',
  },
});
