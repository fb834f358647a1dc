import { ID } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { CiRoleEnum } from '../../schema/release/release-scope.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import * as releaseScopeDirectUseCases from '../../services/release/release-scope-direct.service.js';
import * as releaseScopeUseCases from '../../services/release/release-scope.service.js';

const useCases = { ...releaseScopeDirectUseCases, ...releaseScopeUseCases };

const subject = { field: 'release', type: () => ReleaseType, model: releaseRead };

const scopeFields = {
  agreeToReplan: optional(
    Boolean,
    'Consent to plan a COMMUNICATED release again: it leaves the schedule and has to be accepted anew. Default false.',
  ),
};

const scopeCiFields = {
  role: required(CiRoleEnum, 'The part they play.'),
  ciIds: required([ID], 'The configuration items. At most 500.'),
};

const scopeContentFields = { dmlItemVersionIds: required([ID], 'The DML item versions. At most 200.') };

/** The commands of release scope objects. */
export const ReleaseScopeCommands = commandsOn(subject, useCases, {
  releaseAddCi: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Adds configuration items to the scope of a release directly, as its manager or owner. Those added before stay.',
    about: 'Which items, in which part.',
    inputDescription: 'Configuration items to add to the scope of a release directly, without a change.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeCiFields },
  },
  releaseRemoveCi: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Takes configuration items out that were added directly. What a change contributed leaves with that change.',
    about: 'Which items, in which part.',
    inputDescription: 'Configuration items, added directly before, to take out of the scope of a release.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeCiFields },
  },
  releaseAddContent: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Adds versions of DML items to the package of a release. Only authorised versions are taken.',
    about: 'Which versions.',
    inputDescription: 'DML item versions to add to the package of a release.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeContentFields },
  },
  releaseRemoveContent: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Takes versions of DML items out of the package of a release.',
    about: 'Which versions.',
    inputDescription: 'DML item versions to take out of the package of a release.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeContentFields },
  },
  releaseRemoveChange: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Takes a change out of a release that is not being distributed. Configuration items leave with it unless another change or a person contributed them too.',
    about: 'Which change, and why.',
    inputDescription: 'A change to take out of a release.',
    input: {
      ...commandFields('release'),
      ...scopeFields,
      changeId: required(ID, 'The change.'),
      reason: required(String, 'Why, in 1 to 2,000 characters; kept in the event.'),
    },
  },
});
