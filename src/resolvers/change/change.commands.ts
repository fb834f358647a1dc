import { changeRead } from '../../reads/change/change.reads.js';
import { commandsOn } from '../commands-on.js';
import { ChangeOutcomeEnum, ChangeRiskEnum, ChangeType } from '../../schema/change/change.type.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import * as useCases from '../../services/change/change-command.service.js';

const subject = { field: 'change', type: () => ChangeType, model: changeRead };

const reasonedChangeFields = {
  reason: required(String, 'Reason, 1 to 2,000 characters; shown as `stateReason`.'),
};

/** Mutations that move a change through its lifecycle. */
export const ChangeCommands = commandsOn(subject, useCases, {
  changeAccept: {
    roles: ['CHANGE_MANAGER'],
    description: 'Accepts a change for assessment.',
    about: 'Change to accept.',
  },
  changeReject: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description:
      'Rejects a change permanently. If a standard change has already joined a release, it leaves that release.',
    about: 'Change to reject, with the reason.',
    inputDescription: 'Change to reject, with the reason.',
    input: { ...commandFields('change'), ...reasonedChangeFields },
  },
  changeAssess: {
    roles: ['CHANGE_MANAGER'],
    description: 'Records the assessment of impact and risk, so that the change authority can decide.',
    about: 'Change to assess, with the assessment.',
    inputDescription: 'Assessment of the impact and risk of a change.',
    input: {
      ...commandFields('change'),
      ...reasonField,
      assessment: optional(
        String,
        'Assessment of impact and risk, 1 to 10,000 characters. Optional if the change already has an assessment.',
      ),
      risk: optional(ChangeRiskEnum, 'Assessed level of risk. Default: the current risk.'),
    },
  },
  changeAuthorise: {
    roles: ['CHANGE_AUTHORITY'],
    description:
      'Authorises a change, as the change authority. The authorised fields cannot be ' +
      'edited afterwards. The requester cannot authorise their own change.',
    about: 'Change to authorise.',
  },
  changeImplement: {
    roles: ['CHANGE_MANAGER'],
    description:
      'Records the outcome of a change that is implemented without a release. In a release, the outcome is ' +
      'derived from the targets. Without one it is a claim: it requires evidence unless it is UNSUCCESSFUL, ' +
      'the requester cannot make it, and it is refused for protected targets.',
    about: 'Change, with the outcome of its implementation.',
    inputDescription: 'Outcome of the implementation of a change.',
    input: {
      ...commandFields('change'),
      outcome: required(ChangeOutcomeEnum, 'Result of the implementation.'),
      evidence: optional(
        String,
        'What was done and how it was checked; kept in the event. Required unless the outcome is UNSUCCESSFUL.',
      ),
      reason: optional(String, 'Description of what happened; kept in the event.'),
    },
  },
  changeStartReview: {
    roles: ['CHANGE_MANAGER'],
    description: 'Starts the post implementation review of a change.',
    about: 'Change to review.',
  },
  changeClose: { roles: ['CHANGE_MANAGER'], description: 'Closes a change permanently.', about: 'Change to close.' },
  changeCancel: {
    roles: ['REQUESTER', 'CHANGE_MANAGER'],
    description:
      'Cancels a change before its implementation starts. Change managers can cancel ' +
      'any change, others only their own. The change leaves its release, together ' +
      'with the configuration items that only it contributed.',
    about: 'Change to cancel, with the reason.',
    inputDescription: 'Change to cancel before its implementation, with the reason.',
    input: { ...commandFields('change'), ...reasonedChangeFields },
  },
});
