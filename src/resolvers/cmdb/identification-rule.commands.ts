import { Int } from 'type-graphql';
import { identificationRuleRead } from '../../reads/cmdb/identification-rule.reads.js';
import { IdentificationRuleType, IdentifierInput } from '../../schema/cmdb/identification-rule.type.js';
import { CiClassEnum } from '../../schema/enums.js';
import { optional, reasonField, required } from '../../schema/fields.js';
import * as useCases from '../../services/cmdb/identification-rule.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'identificationRule',
  noun: 'rule',
  type: () => IdentificationRuleType,
  model: identificationRuleRead,
};

const roles = ['ADMINISTRATOR'] as const;

const ruleFields = {
  ciClass: required(CiClassEnum, 'Class of the items, e.g. SERVER.'),
  expectedVersion: optional(Int, 'Version you last read. If given, a stale one fails with CONFLICT.'),
  ...reasonField,
};

/** Commands on identification rules. */
export const IdentificationRuleCommands = commandsOn(subject, useCases, {
  identificationRuleSet: {
    roles,
    description:
      'Sets by what observed things of a class are identified. It counts from the next observation on; recorded ' +
      'items stay as they are.',
    about: 'Rule to set.',
    inputDescription: 'Rule of a class.',
    input: {
      ...ruleFields,
      identifiers: required([IdentifierInput], 'Identifiers, 1 to 10, the one that counts most first.'),
    },
  },
  identificationRuleReset: {
    roles,
    description: 'Gives a class the default rule again: the external reference, then the name.',
    about: 'Class whose rule to reset.',
    inputDescription: 'Class whose rule to reset.',
    input: ruleFields,
  },
});
