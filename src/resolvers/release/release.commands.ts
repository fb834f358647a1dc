import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/release/release-command.service.js';

const subject = { field: 'release', type: () => ReleaseType, model: releaseRead };

/** The commands of release objects. */
export const ReleaseCommands = commandsOn(subject, useCases, {
  releaseStartPlanning: {
    roles: ['RELEASE_MANAGER'],
    description: 'Begins to plan a release. The tasks of its planning phases begin.',
    about: 'Which release.',
  },
  releaseStartBuilding: {
    roles: ['RELEASE_MANAGER'],
    description: 'Begins to build the package of a release. The tasks of planning must be done.',
    about: 'Which release.',
  },
  releaseStartTesting: {
    roles: ['RELEASE_MANAGER', 'TEST_MANAGER'],
    description: 'Begins to test a release. The tasks of the phases before must be done.',
    about: 'Which release.',
  },
  releaseAccept: {
    roles: ['RELEASE_OWNER'],
    description:
      'Accepts a release as it is: scope, package, mandatory tasks. Its owner does it, who took no part in planning. Freezes the digests of the package; a later change of what was accepted calls for a new acceptance.',
    about: 'Which release.',
  },
  releaseSchedule: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Gives a release its place in the change implementation schedule. Every conflict is named at once; those that a waiver sets aside do not count.',
    about: 'Which release, and when.',
    inputDescription: 'When a release is to be deployed.',
    input: {
      ...commandFields('release'),
      ...reasonField,
      startsAt: optional(DateTime, 'Start of the deployment. Default: its planned start.'),
      endsAt: optional(DateTime, 'End of the deployment, not included. Default: its planned end.'),
    },
  },
  releaseReschedule: {
    roles: ['RELEASE_MANAGER'],
    description: 'Takes a release out of the schedule, back to ACCEPTED, so that it can be scheduled anew.',
    about: 'Which release.',
    inputDescription: 'A release to be taken out of the schedule, so that it can be scheduled anew.',
    input: { ...commandFields('release'), reason: required(String, 'Why; shown to the followers of its changes.') },
  },
  releaseCommunicate: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Records what stakeholders were told about a scheduled release, which counts as communicated from then on.',
    about: 'Who was told what.',
    inputDescription: 'What stakeholders were told about a release.',
    input: {
      ...commandFields('release'),
      audience: required(String, 'Who was told, e.g. "payroll users, service desk". 1 to 500 characters.'),
      message: required(String, 'What they were told.'),
    },
  },
  releaseStartBackOut: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Begins to return the targets of a release to their previous state, by its back-out plan. The tasks of its back-out phases begin.',
    about: 'Which release.',
    inputDescription: 'A release whose targets are to be returned to their previous state.',
    input: { ...commandFields('release'), reason: required(String, 'Why.') },
  },
  releaseCompleteBackOut: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Records that the targets of a release are back in their previous state.',
    about: 'Which release.',
  },
  releaseStartReview: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Begins the post implementation review of a release. Its distributions must be over.',
    about: 'Which release.',
  },
  releaseClose: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Closes a release for good: reviewed, all its changes closed, no task open.',
    about: 'Which release.',
  },
  releaseCancel: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Gives a release up before its distribution. Its changes are free again, open requests to join it are rejected with the reason.',
    about: 'Which release.',
    inputDescription: 'A release to be given up before its distribution.',
    input: {
      ...commandFields('release'),
      reason: required(String, 'Why; also the answer to open requests to join it.'),
    },
  },
});
