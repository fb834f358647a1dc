import { ID } from 'type-graphql';
import { changeReleaseRequestRead } from '../../reads/change/change-release-request.reads.js';
import { commandsOn } from '../commands-on.js';
import { ChangeReleaseRequestType, RequestModeEnum } from '../../schema/change/change-release-request.type.js';
import { commandFields, optional, required } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/change/change-release-request.service.js';

const subject = {
  field: 'changeReleaseRequest',
  type: () => ChangeReleaseRequestType,
  model: changeReleaseRequestRead,
};

/** The commands of change release request objects. */
export const ChangeReleaseRequestCommands = commandsOn(subject, useCases, {
  changeReleaseRequestSubmit: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Asks that a change be implemented by a release. The owner of the release decides.',
    about: 'The request.',
    inputDescription: 'A request that a change be implemented by a release.',
    input: {
      changeId: required(ID, 'The change. It must be authorised, or a standard change.'),
      mode: required(RequestModeEnum, 'How the release is meant.'),
      releaseId: optional(ID, 'The release. Needed unless the mode is ANY_AVAILABLE, and then not allowed.'),
      justification: optional(String, 'Why the change should be implemented by the release. Up to 2,000 characters.'),
      expiresAt: optional(DateTime, 'When the request expires unless somebody decides before. Default: in 7 days.'),
    },
  },
  changeReleaseRequestApprove: {
    roles: ['RELEASE_OWNER'],
    description:
      'Accepts a request, as the owner of that very release and not as who submitted it: the change and its configuration items join the release in one step.',
    about: 'Which request.',
    inputDescription: 'The yes of a release owner.',
    input: {
      ...commandFields('request'),
      releaseId: optional(
        ID,
        'The release that takes the change; needed when the request is for any available release. You must own it.',
      ),
      agreeToReplan: optional(
        Boolean,
        'Consent to plan a COMMUNICATED release again: it leaves the schedule and has to be accepted anew. Default false.',
      ),
      reason: optional(String, 'Why; shown as `decisionReason`.'),
    },
  },
  changeReleaseRequestReject: {
    roles: ['RELEASE_OWNER'],
    description:
      'Declines a request, as the owner of that very release; one for any available release as any release owner.',
    about: 'Which request, and why.',
    inputDescription: 'The no of a release owner.',
    input: {
      ...commandFields('request'),
      reason: required(String, 'Why, in 1 to 2,000 characters; shown as `decisionReason`.'),
    },
  },
  changeReleaseRequestWithdraw: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Takes a request back: your own, or any as change manager.',
    about: 'Which request.',
    inputDescription: 'The end of a request by Change Management.',
    input: { ...commandFields('request'), reason: optional(String, 'Why; shown as `decisionReason`.') },
  },
});
