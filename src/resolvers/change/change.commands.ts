import { ID } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import { commandsOn } from '../commands-on.js';
import { ChangeOutcomeEnum, ChangeRiskEnum, ChangeType, ChangeTypeEnum } from '../../schema/change/change.type.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { CiRoleEnum } from '../../schema/release/release-scope.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as changeUseCases from '../../services/change/change.service.js';
import * as changeCommandUseCases from '../../services/change/change-command.service.js';

const useCases = { ...changeUseCases, ...changeCommandUseCases };

const subject = { field: 'change', type: () => ChangeType, model: changeRead };

const changeFields = {
  description: optional(String, 'What shall be different afterwards, and why. Up to 10,000 characters.'),
  type: optional(ChangeTypeEnum, 'Kind of the change; it decides how the change is authorised. Default NORMAL.'),
  risk: optional(
    ChangeRiskEnum,
    'How much can go wrong. Default MEDIUM; a standard change must be LOW to be authorised.',
  ),
  backOutPlan: optional(
    String,
    'How the targets are returned to their previous state. No change is authorised without it.',
  ),
  assessment: optional(
    String,
    'Assessment of impact and risk. Only a change manager may give it. For an emergency change it may follow until the change is closed.',
  ),
  plannedStart: optional(DateTime, 'When the implementation should begin; null takes it away.'),
  plannedEnd: optional(DateTime, 'When the implementation should be over; null takes it away.'),
};

const changeCiFields = {
  role: required(CiRoleEnum, 'The part they play.'),
  ciIds: required([ID], 'The configuration items. At most 500.'),
};

const reasonedChangeFields = {
  reason: required(String, 'Why, in 1 to 2,000 characters; shown as `stateReason` and kept in the event.'),
};

/** The commands of change objects. */
export const ChangeCommands = commandsOn(subject, useCases, {
  changeCreate: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Raises a request for change. It starts as OPEN.',
    about: 'The new change.',
    inputDescription: 'A new request for change. It starts as OPEN; you are its requester.',
    input: {
      ...changeFields,
      title: required(String, 'What changes, in 1 to 200 characters.'),
      sourceCiIds: optional([ID], 'Configuration items that supply the content. At most 500.'),
      targetCiIds: optional([ID], 'Configuration items that it acts on. At most 500.'),
      externalRef: optional(ExternalRefInput, 'Its name in the system it came from.'),
    },
  },
  changeUpdate: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Edits a change: your own, or any as change manager.',
    about: 'What changes.',
    inputDescription:
      'Changes to a request for change. What is absent stays as it is. Description, kind, risk, back-out plan and configuration items are fixed once the change is authorised or belongs to a release: ' +
      'cancel it and raise another one. Dates are fixed when the implementation begins.',
    input: {
      ...editFields('change'),
      ...changeFields,
      title: optional(String, 'What changes, in 1 to 200 characters.'),
    },
  },
  changeUpsert: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Raises or edits the change that another system knows by a reference.',
    about: 'The change as the other system knows it.',
    inputDescription:
      'A change of another system: raised when its reference is new, edited otherwise. Sending the same again changes nothing.',
    input: {
      ...changeFields,
      externalRef: required(ExternalRefInput, 'Its name in the system it comes from.'),
      title: required(String, 'What changes, in 1 to 200 characters.'),
      sourceCiIds: optional(
        [ID],
        'Configuration items that supply the content; they replace those that are there. At most 500.',
      ),
      targetCiIds: optional(
        [ID],
        'Configuration items that it acts on; they replace those that are there. At most 500.',
      ),
    },
  },
  changeAddCi: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Names configuration items as sources or targets of a change. Those it names already stay.',
    about: 'Which items, in which part.',
    inputDescription: 'Configuration items to name as sources or targets of a change.',
    input: { ...commandFields('change'), ...changeCiFields },
  },
  changeRemoveCi: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Takes sources or targets out of a change.',
    about: 'Which items, in which part.',
    inputDescription: 'Sources or targets to take out of a change.',
    input: { ...commandFields('change'), ...changeCiFields },
  },
  changeAccept: { roles: ['CHANGE_MANAGER'], description: 'Takes a change on for assessment.', about: 'Which change.' },
  changeReject: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Refuses a change for good. A standard change that joined a release already leaves it.',
    about: 'Which change, and why.',
    inputDescription: 'The refusal of a change.',
    input: { ...commandFields('change'), ...reasonedChangeFields },
  },
  changeAssess: {
    roles: ['CHANGE_MANAGER'],
    description: 'Records the assessment of impact and risk, so that the change authority can decide.',
    about: 'The assessment.',
    inputDescription: 'The assessment of a change.',
    input: {
      ...commandFields('change'),
      ...reasonField,
      assessment: optional(
        String,
        'Impact and risk, in words. May be left out when the change carries an assessment already.',
      ),
      risk: optional(ChangeRiskEnum, 'The risk as assessed. Default: as it is.'),
    },
  },
  changeAuthorise: {
    roles: ['CHANGE_AUTHORITY'],
    description:
      'Records the yes of the change authority. What was decided on is fixed from now on. Never by who asked for the change.',
    about: 'Which change.',
  },
  changeImplement: {
    roles: ['CHANGE_MANAGER'],
    description:
      'Records how the implementation ended of a change that needs no release. For a change in a release the outcome follows from its targets.',
    about: 'The outcome.',
    inputDescription: 'How the implementation of a change ended.',
    input: {
      ...commandFields('change'),
      outcome: required(ChangeOutcomeEnum, 'The outcome.'),
      reason: optional(String, 'What happened; kept in the event.'),
    },
  },
  changeStartReview: {
    roles: ['CHANGE_MANAGER'],
    description: 'Begins the post implementation review of a change.',
    about: 'Which change.',
  },
  changeClose: { roles: ['CHANGE_MANAGER'], description: 'Closes a change for good.', about: 'Which change.' },
  changeCancel: {
    roles: ['REQUESTER', 'CHANGE_MANAGER'],
    description:
      'Gives a change up before its implementation began: your own, or any as change manager. It leaves its release with what only it contributed.',
    about: 'Which change, and why.',
    inputDescription: 'The end of a change before its implementation.',
    input: { ...commandFields('change'), ...reasonedChangeFields },
  },
});
