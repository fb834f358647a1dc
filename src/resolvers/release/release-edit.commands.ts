import { ID } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { commandFields, editFields, optional, required } from '../../schema/fields.js';
import { PackagingEnum, ReleaseKindEnum, ReleaseType } from '../../schema/release/release.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/release/release.service.js';

const subject = { field: 'release', type: () => ReleaseType, model: releaseRead };

const releaseFields = {
  description: optional(String, 'What it brings and why.'),
  kind: optional(ReleaseKindEnum, 'Its size. Default MINOR.'),
  packaging: optional(PackagingEnum, 'How complete its package is. Default PACKAGE.'),
  backOutPlan: optional(String, 'How the targets are returned to their previous state.'),
  managerId: optional(ID, 'The release manager, who plans it. Default: you.'),
  planStart: optional(
    DateTime,
    'When the work on the plan begins. With a template the dates of its tasks count from here; default now. A later change moves the tasks that have not been started.',
  ),
  plannedStart: optional(DateTime, 'When the deployment is planned to start.'),
  plannedEnd: optional(DateTime, 'When the deployment is planned to be over.'),
};

/** The commands of release edit objects. */
export const ReleaseEditCommands = commandsOn(subject, useCases, {
  releaseCreate: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Records a release: from a published template version, with dated tasks, or from scratch with an empty plan.',
    about: 'The release.',
    inputDescription: 'A new release. It starts as DRAFT.',
    input: {
      ...releaseFields,
      name: required(String, 'Name, 1 to 200 characters.'),
      ownerId: required(ID, 'The release owner, who accepts it. Must not take part in planning it.'),
      templateVersionId: optional(
        ID,
        'The published template version to make it from. Without one the plan starts empty and no step is left out.',
      ),
      externalRef: optional(ExternalRefInput, 'Its name in the system it comes from.'),
    },
  },
  releaseUpsert: {
    roles: ['RELEASE_MANAGER'],
    description: 'Records or edits the release that another system knows by a reference.',
    about: 'The release as the other system knows it.',
    inputDescription:
      'A release of another system: made when its reference is new, edited otherwise. An edit leaves its template as it is.',
    input: {
      ...releaseFields,
      externalRef: required(ExternalRefInput, 'Its name in the system it comes from.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      ownerId: required(ID, 'The release owner, who accepts it.'),
      templateVersionId: optional(ID, 'The published template version to make it from, when it is new.'),
    },
  },
  releaseUpdate: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Edits the given fields of a release. Another kind or packaging evaluates the skip rules of its template afresh.',
    about: 'What changes.',
    inputDescription: 'Changes to a release. What is absent stays as it is.',
    input: {
      ...editFields('release'),
      ...releaseFields,
      name: optional(String, 'Name, 1 to 200 characters.'),
      ownerId: optional(ID, 'The release owner, who accepts it.'),
    },
  },
  releaseHold: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Puts a release on hold: nothing of it moves forward until the hold is lifted. What runs at a deployment tool goes on.',
    about: 'Which release, and why.',
    inputDescription: 'A release to be put on hold.',
    input: { ...commandFields('release'), reason: required(String, 'Why.') },
  },
  releaseResume: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Lifts the hold of a release.',
    about: 'Which release.',
  },
  releaseRecordReview: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Records the post implementation review of a release that is IN_REVIEW. Recording it again replaces it; the event log keeps both.',
    about: 'What the review found.',
    inputDescription: 'What the post implementation review found.',
    input: {
      ...commandFields('release'),
      objectivesMet: required(Boolean, 'Whether the release did what it was meant to do.'),
      summary: required(String, 'What happened.'),
      lessons: optional(String, 'What to do differently next time.'),
    },
  },
});
