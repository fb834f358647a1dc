import { ID } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import { commandsOn } from '../commands-on.js';
import { ChangeRiskEnum, ChangeType, ChangeTypeEnum } from '../../schema/change/change.type.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { clearable, commandFields, editFields, optional, required } from '../../schema/fields.js';
import { CiRoleEnum } from '../../schema/release/release-ci.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/change/change.service.js';

const subject = { field: 'change', type: () => ChangeType, model: changeRead };

const changeFields = {
  description: optional(String, 'Intended result and the reason for it. At most 10,000 characters.'),
  type: optional(
    ChangeTypeEnum,
    'Kind of the change, which determines how it is authorised. Default for a new change: NORMAL.',
  ),
  risk: optional(
    ChangeRiskEnum,
    'Level of risk. Default for a new change: MEDIUM. A standard change must be LOW to be authorised.',
  ),
  backOutPlan: optional(String, 'How to restore the targets. Required for authorisation.'),
  assessment: optional(
    String,
    'Assessment of impact and risk. Only a change manager can set it. For an ' +
      'emergency change, it can follow until the change is closed.',
  ),
  plannedStart: clearable(DateTime, 'Planned start of the implementation.'),
  plannedEnd: clearable(DateTime, 'Planned end of the implementation.'),
};

const changeCiFields = {
  role: required(CiRoleEnum, 'Role of the items: SOURCE supplies content, TARGET is changed.'),
  ciIds: required([ID], 'Configuration items, at most 500.'),
};

/** Mutations that record and edit changes. */
export const ChangeEditCommands = commandsOn(subject, useCases, {
  changeCreate: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Raises a request for change. Its first state is OPEN.',
    about: 'Change to raise.',
    inputDescription: 'New request for change. Its first state is OPEN, and you are its requester.',
    input: {
      ...changeFields,
      title: required(String, 'Short summary of the change, 1 to 200 characters.'),
      sourceCiIds: optional([ID], 'Configuration items that supply the content. At most 500.'),
      targetCiIds: optional([ID], 'Configuration items that the change acts on. At most 500.'),
      externalRef: optional(ExternalRefInput, 'Reference in the external system that the change comes from.'),
    },
  },
  changeUpdate: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Updates fields of a change. Change managers can update any change, others only their own.',
    about: 'Fields to update.',
    inputDescription:
      'Changes to a request for change. Absent fields keep their values. Description, kind, risk, back-out plan and ' +
      'configuration items cannot change once the change is authorised or belongs to a release; cancel it and raise ' +
      'another one instead. Dates cannot change once the implementation has started.',
    input: {
      ...editFields('change'),
      ...changeFields,
      title: optional(String, 'Short summary of the change, 1 to 200 characters.'),
    },
  },
  changeUpsert: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Creates or updates a change, identified by its reference in an external system.',
    about: 'Change to create or update.',
    inputDescription:
      'Change of an external system. Created if its reference is new, ' +
      'otherwise updated. Identical input has no effect.',
    input: {
      ...changeFields,
      externalRef: required(ExternalRefInput, 'Reference that identifies the change in the external system.'),
      title: required(String, 'Short summary of the change, 1 to 200 characters.'),
      sourceCiIds: optional(
        [ID],
        'Configuration items that supply the content. They replace the current ones. At most 500.',
      ),
      targetCiIds: optional(
        [ID],
        'Configuration items that the change acts on. They replace the current ones. At most 500.',
      ),
    },
  },
  changeAddCi: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Adds configuration items to the sources or targets of a change. Existing items stay.',
    about: 'Configuration items to add, with their role.',
    inputDescription: 'Configuration items to add to the sources or targets of a change.',
    input: { ...commandFields('change'), ...changeCiFields },
  },
  changeRemoveCi: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Removes configuration items from the sources or targets of a change.',
    about: 'Configuration items to remove, with their role.',
    inputDescription: 'Configuration items to remove from the sources or targets of a change.',
    input: { ...commandFields('change'), ...changeCiFields },
  },
});
