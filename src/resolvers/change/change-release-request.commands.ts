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

/** Mutations on requests to implement a change in a release. */
export const ChangeReleaseRequestCommands = commandsOn(subject, useCases, {
  changeReleaseRequestSubmit: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Submits a request to implement a change in a release. The owner of the release decides.',
    about: 'Request to submit.',
    inputDescription: 'New request to implement a change in a release.',
    input: {
      changeId: required(ID, 'Change to implement. It must be authorised, or a standard change.'),
      mode: required(RequestModeEnum, 'Way in which the request specifies its release.'),
      releaseId: optional(
        ID,
        'Requested release. Required unless the mode is ANY_AVAILABLE; not allowed in that mode.',
      ),
      justification: optional(String, 'Why the release should implement the change. At most 2,000 characters.'),
      expiresAt: optional(DateTime, 'Time when the request expires if it is still open. Default: in 7 days.'),
    },
  },
  changeReleaseRequestApprove: {
    roles: ['RELEASE_OWNER'],
    description:
      'Approves a request: the change and its configuration items join the release in one ' +
      'transaction. Requires the owner of the release, who must not have submitted the request.',
    about: 'Request to approve.',
    inputDescription: 'Approval of a request by the release owner.',
    input: {
      ...commandFields('request'),
      releaseId: optional(
        ID,
        'Release that the change joins; required if the request is for any available release. You must own it.',
      ),
      agreeToReplan: optional(
        Boolean,
        'Whether you agree to replan a COMMUNICATED release: it leaves the ' +
          'schedule and must be accepted again. Default: false.',
      ),
      reason: optional(String, 'Reason, at most 2,000 characters; shown as `decisionReason`.'),
    },
  },
  changeReleaseRequestReject: {
    roles: ['RELEASE_OWNER'],
    description:
      'Rejects a request. Requires the owner of the release; any ' +
      'release owner can reject a request without a release.',
    about: 'Request to reject, with the reason.',
    inputDescription: 'Rejection of a request by the release owner.',
    input: {
      ...commandFields('request'),
      reason: required(String, 'Reason, 1 to 2,000 characters; shown as `decisionReason`.'),
    },
  },
  changeReleaseRequestWithdraw: {
    roles: ['REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER'],
    description: 'Withdraws a request. Change managers can withdraw any request, others only their own.',
    about: 'Request to withdraw.',
    inputDescription: 'Withdrawal of a request by Change Management.',
    input: {
      ...commandFields('request'),
      reason: optional(String, 'Reason, at most 2,000 characters; shown as `decisionReason`.'),
    },
  },
});
