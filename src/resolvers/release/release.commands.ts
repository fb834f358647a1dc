import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { DateTime } from '../../schema/scalars.js';
import { releaseCompleteBackOut } from '../../services/release/release-back-out.service.js';
import * as commands from '../../services/release/release-command.service.js';

const useCases = { ...commands, releaseCompleteBackOut };
const subject = { field: 'release', type: () => ReleaseType, model: releaseRead };

const unscheduleFields = {
  ...commandFields('release'),
  reason: required(String, 'Reason, 1 to 2,000 characters. Visible to followers of the changes in the release.'),
};

/** Mutations that move a release through its lifecycle. */
export const ReleaseCommands = commandsOn(subject, useCases, {
  releaseStartPlanning: {
    roles: ['RELEASE_MANAGER'],
    description: 'Starts planning a release. The tasks of its planning phases become READY or BLOCKED.',
    about: 'Release to plan.',
  },
  releaseStartBuilding: {
    roles: ['RELEASE_MANAGER'],
    description: 'Starts building the package of a release. All planning tasks must be done.',
    about: 'Release to build.',
  },
  releaseStartTesting: {
    roles: ['RELEASE_MANAGER', 'TEST_MANAGER'],
    description: 'Starts testing a release. All tasks of earlier phases must be done.',
    about: 'Release to test.',
  },
  releaseAccept: {
    roles: ['RELEASE_OWNER'],
    description:
      'Accepts the scope, package and mandatory tasks of a release and freezes the digests of ' +
      'its package. Only its owner can accept it, and only if they took no part in planning. If ' +
      'accepted content changes later, the release must be accepted again, also while it is being ' +
      'distributed.',
    about: 'Release to accept.',
  },
  releaseSchedule: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Books a release in the change implementation schedule. A refusal lists ' +
      'all conflicts at once; waived conflicts do not count.',
    about: 'Release to schedule, with the time of deployment.',
    inputDescription: 'Release to schedule, with the time of its deployment.',
    input: {
      ...commandFields('release'),
      ...reasonField,
      startsAt: optional(DateTime, 'Start of the deployment. Default: planned start of the release.'),
      endsAt: optional(DateTime, 'End of the deployment, exclusive. Default: planned end of the release.'),
    },
  },
  releaseUnschedule: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Removes a release from the schedule and returns it to ACCEPTED, so that it can be scheduled again. ' +
      'Its distributions that have not begun return to PLANNED.',
    about: 'Release to remove from the schedule, with the reason.',
    inputDescription: 'Release to remove from the schedule, so that it can be scheduled again.',
    input: unscheduleFields,
  },
  releaseReschedule: {
    roles: ['RELEASE_MANAGER'],
    description: 'Former name of `releaseUnschedule`. It does not move a date; `releaseMoveSchedule` does.',
    deprecated: 'Use `releaseUnschedule`. Will be removed on 2027-05-26.',
    about: 'Release to remove from the schedule, with the reason.',
    input: unscheduleFields,
  },
  releaseMoveSchedule: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Moves a scheduled release to another time. A communicated release becomes SCHEDULED, because its ' +
      'stakeholders know the old time.',
    about: 'Release and its new time, with the reason.',
    input: {
      ...commandFields('release'),
      startsAt: required(DateTime, 'New start of the deployment.'),
      endsAt: required(DateTime, 'New end of the deployment, exclusive.'),
      moveDistributions: optional(
        Boolean,
        'True moves the distributions that have not started, by as much as the start of the release. Those ' +
          'that need approval return to PLANNED. Default: false; then a distribution outside the new time ' +
          'blocks the command.',
      ),
      reason: required(String, 'Reason, 1 to 2,000 characters. Visible to followers of the release.'),
    },
  },
  releaseCommunicate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Records a message to stakeholders about a SCHEDULED release and moves the release to COMMUNICATED.',
    about: 'Release, with the message to its stakeholders.',
    inputDescription: 'Message about a scheduled release to its stakeholders.',
    input: {
      ...commandFields('release'),
      audience: required(String, 'People or groups informed, e.g. "payroll users, service desk". 1 to 500 characters.'),
      message: required(String, 'Text of the message, 1 to 10,000 characters.'),
    },
  },
  releaseStartBackOut: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Starts returning the targets of a release to their previous state, according to its ' +
      'back-out plan. The tasks of its back-out phases become READY or BLOCKED. Distributions that have not begun ' +
      'are cancelled.',
    about: 'Release to back out, with the reason.',
    inputDescription: 'Release to back out, with the reason.',
    input: { ...commandFields('release'), reason: required(String, 'Reason for the back-out, 1 to 2,000 characters.') },
  },
  releaseCompleteBackOut: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Records that everything a release delivered was returned. While something is, or may be, still on targets, ' +
      'this is refused, unless the owner of the release states why it stays.',
    about: 'Release that has been backed out.',
    input: {
      ...commandFields('release'),
      ...reasonField,
      residualReason: optional(
        String,
        'Why something stays on targets, up to 2,000 characters. Only the owner of the release can give it. It is ' +
          'recorded only if something is left.',
      ),
    },
  },
  releaseStartReview: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Starts the post implementation review of a release. All its distributions must have ended.',
    about: 'Release to review.',
  },
  releaseClose: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Closes a release permanently. Requires a recorded review; all ' +
      'its changes must be closed and all its tasks done.',
    about: 'Release to close.',
  },
  releaseCancel: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Cancels a release before its distribution. Its changes can join other releases; open requests to join it ' +
      'are rejected, and its distributions are cancelled.',
    about: 'Release to cancel, with the reason.',
    inputDescription: 'Release to cancel before its distribution, with the reason.',
    input: {
      ...commandFields('release'),
      reason: required(String, 'Reason, 1 to 2,000 characters. Also given as the reason for rejecting open requests.'),
    },
  },
});
