import { ID, Int } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { clearable, commandFields, editFields, optional, required } from '../../schema/fields.js';
import { PackagingEnum, ReleaseKindEnum, ReleaseType } from '../../schema/release/release.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as edits from '../../services/release/release.service.js';
import * as holds from '../../services/release/release-hold.service.js';

const useCases = { ...edits, ...holds };

const subject = { field: 'release', type: () => ReleaseType, model: releaseRead };

const managerId = optional(
  ID,
  'Person who plans the release. Must hold RELEASE_MANAGER. Default for a new release: you.',
);

const releaseFields = {
  description: optional(String, 'Content and purpose of the release. At most 10,000 characters.'),
  kind: optional(ReleaseKindEnum, 'Release size, e.g. EMERGENCY. Default for a new release: MINOR.'),
  packaging: optional(PackagingEnum, 'Completeness of the package. Default for a new release: PACKAGE.'),
  backOutPlan: optional(String, 'How to return the targets to their previous state.'),
  backOutMinutes: clearable(
    Int,
    'How long a back-out takes after the planned end, 1 to 10,080 minutes. Its time has to lie in the change windows ' +
      'and outside blackouts.',
  ),
  planStart: optional(
    DateTime,
    'Start of work on the plan. Dates of template tasks are offsets from this time. Default for a new ' +
      'release from a template: now. Changing it later moves the tasks that have not started.',
  ),
  plannedStart: clearable(DateTime, 'Planned start of the deployment.'),
  plannedEnd: clearable(DateTime, 'Planned end of the deployment, exclusive.'),
};

/** Mutations that create and edit releases. */
export const ReleaseEditCommands = commandsOn(subject, useCases, {
  releaseCreate: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Creates a release in state DRAFT, with the plan of a published template revision or with an empty plan.',
    about: 'Release to create.',
    inputDescription: 'New release. Its first state is DRAFT.',
    input: {
      ...releaseFields,
      managerId,
      name: required(String, 'Name, 1 to 200 characters.'),
      ownerId: required(
        ID,
        'Person who accepts the release. Must hold RELEASE_OWNER, and must not manage or plan the release.',
      ),
      templateVersionId: optional(
        ID,
        'Published template revision to create the plan from. Without one, the plan is empty and no state is skipped.',
      ),
      externalRef: optional(ExternalRefInput, 'Reference in the external system that the release comes from.'),
    },
  },
  releaseUpsert: {
    roles: ['RELEASE_MANAGER'],
    description: 'Creates or updates a release, identified by its reference in an external system.',
    about: 'Release to create or update.',
    inputDescription:
      'Release of an external system. Created if its reference is new, ' +
      'otherwise updated; an update does not change its template.',
    input: {
      ...releaseFields,
      managerId,
      externalRef: required(ExternalRefInput, 'Reference that identifies the release in the external system.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      ownerId: required(
        ID,
        'Person who accepts the release. Must hold RELEASE_OWNER, and must not manage or plan the release.',
      ),
      templateVersionId: optional(
        ID,
        'Published template revision to create the plan from. Only used for a new release.',
      ),
    },
  },
  releaseUpdate: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Updates fields of a release. A new kind or packaging re-evaluates the skip rules of the template.',
    about: 'Fields to update.',
    inputDescription: 'Changes to a release. Absent fields keep their values.',
    input: {
      ...editFields('release'),
      ...releaseFields,
      name: optional(String, 'Name, 1 to 200 characters.'),
    },
  },
  releaseHandOver: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER', 'ADMINISTRATOR'],
    description:
      'Passes the ownership or management of a release to another person. Only the owner can name another ' +
      'owner; the manager or the owner can name another manager. An administrator can do both for people ' +
      'who are unavailable.',
    about: 'Release to hand over, with its next owner or manager.',
    inputDescription: 'Release to hand over. Without `ownerId` the owner stays, and without `managerId` the manager.',
    input: {
      ...commandFields('release'),
      ownerId: optional(
        ID,
        'Next owner. Must hold RELEASE_OWNER, and must not manage or plan the release. A release that was ' +
          'accepted has to be accepted again.',
      ),
      managerId: optional(ID, 'Next manager. Must hold RELEASE_MANAGER, and must not be the owner.'),
      reason: required(String, 'Reason for the handover, 1 to 2,000 characters.'),
    },
  },
  releaseHold: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Puts a release on hold, so that it cannot move forward until `releaseResume`. Running distributions ' +
      'are paused if their tool can pause. `onHold` lists them, and those that continue.',
    about: 'Release to put on hold, with the reason.',
    inputDescription: 'Release to put on hold, with the reason.',
    input: { ...commandFields('release'), reason: required(String, 'Reason for the hold, 1 to 2,000 characters.') },
  },
  releaseResume: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Ends the hold of a release and resumes the distributions that the hold paused, each under the rules ' +
      'of `distributionResume`. A distribution that cannot resume now stays PAUSED; its `stateReason` says ' +
      'why.',
    about: 'Release to resume.',
  },
  releaseRecordReview: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Records the post implementation review of a release that is IN_REVIEW. A ' +
      'later call replaces the review; the event log keeps both.',
    about: 'Result of the review.',
    inputDescription: 'Result of the post implementation review of a release.',
    input: {
      ...commandFields('release'),
      objectivesMet: required(Boolean, 'Whether the release met its objectives.'),
      summary: required(String, 'Summary of what happened, 1 to 10,000 characters.'),
      lessons: optional(String, 'Lessons for future releases. At most 10,000 characters.'),
    },
  },
});
