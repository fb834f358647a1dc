import { suspectedDuplicateRead } from '../../reads/cmdb/suspected-duplicate.reads.js';
import { SuspectedDuplicateType } from '../../schema/cmdb/suspected-duplicate.type.js';
import { commandFields, required } from '../../schema/fields.js';
import * as useCases from '../../services/cmdb/suspected-duplicate.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'suspectedDuplicate',
  noun: 'suspected duplicate',
  type: () => SuspectedDuplicateType,
  model: suspectedDuplicateRead,
};

/** Commands on suspected duplicates. */
export const SuspectedDuplicateCommands = commandsOn(subject, useCases, {
  suspectedDuplicateDismiss: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Decides that two items are two. The suspicion stays quiet until a value changes that identifies one of them.',
    about: 'Suspected duplicate to dismiss.',
    inputDescription: 'Suspected duplicate to dismiss, with the reason.',
    input: {
      ...commandFields('suspected duplicate'),
      reason: required(String, 'Reason, 1 to 2,000 characters. Recorded in the event.'),
    },
  },
});
