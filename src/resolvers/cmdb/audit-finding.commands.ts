import { ID } from 'type-graphql';
import { WORKING_ROLES } from '../../domain/roles.js';
import { auditFindingRead } from '../../reads/cmdb/audit-finding.reads.js';
import { AuditFindingType } from '../../schema/cmdb/audit-finding.type.js';
import { clearable, commandFields, required } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/cmdb/audit-finding.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'auditFinding',
  noun: 'audit finding',
  type: () => AuditFindingType,
  model: auditFindingRead,
};

/** Commands on audit findings. */
export const AuditFindingCommands = commandsOn(subject, useCases, {
  auditFindingAssign: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Says who has to look at a finding, and by when.',
    about: 'Finding, person and time.',
    inputDescription: 'Owner and due date of a finding. Absent fields keep their values.',
    input: {
      ...commandFields('audit finding'),
      ownerId: clearable(ID, 'Id of the person who has to look at it. Null: nobody.'),
      dueAt: clearable(DateTime, 'Time by which it is to be closed. Null: none.'),
    },
  },
  auditFindingClose: {
    roles: [...WORKING_ROLES],
    description: 'Closes a finding with a reason. Its owner can do that, and configuration managers.',
    about: 'Finding to close.',
    inputDescription: 'Finding to close, with the reason.',
    input: {
      ...commandFields('audit finding'),
      reason: required(String, 'Reason, 1 to 2,000 characters. Recorded in the event.'),
    },
  },
});
