import { ID } from 'type-graphql';
import { WORKING_ROLES } from '../../domain/roles.js';
import { absenceRead } from '../../reads/people/absence.reads.js';
import { required } from '../../schema/fields.js';
import { AbsenceType } from '../../schema/people/absence.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/people/absence.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'absence', type: () => AbsenceType, model: absenceRead };

const roles = [...WORKING_ROLES, 'ADMINISTRATOR'] as const;

/** Commands on absences. */
export const AbsenceCommands = commandsOn(subject, useCases, {
  absenceCreate: {
    roles,
    description:
      'Enters when a person is away. For somebody else you need RELEASE_MANAGER or ADMINISTRATOR. Tasks stay as they ' +
      'are. Entering the same again changes nothing.',
    about: 'Absence to enter.',
    inputDescription: 'Absence of a person.',
    input: {
      personId: required(ID, 'Id of the person.'),
      startsAt: required(DateTime, 'Start of the absence.'),
      endsAt: required(DateTime, 'End of the absence, exclusive.'),
    },
  },
  absenceWithdraw: {
    roles,
    description:
      'Withdraws an absence. For that of somebody else you need RELEASE_MANAGER or ADMINISTRATOR. Withdrawing it ' +
      'again changes nothing.',
    about: 'Absence to withdraw.',
  },
});
