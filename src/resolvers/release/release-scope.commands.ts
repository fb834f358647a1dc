import { ID } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { CiRoleEnum } from '../../schema/release/release-ci.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import * as releaseDependencyUseCases from '../../services/release/release-dependency.service.js';
import * as releaseScopeDirectUseCases from '../../services/release/release-scope-direct.service.js';
import * as releaseScopeUseCases from '../../services/release/release-scope.service.js';

const useCases = { ...releaseScopeDirectUseCases, ...releaseScopeUseCases, ...releaseDependencyUseCases };

const subject = { field: 'release', type: () => ReleaseType, model: releaseRead };

const scopeFields = {
  agreeToReplan: optional(
    Boolean,
    'Whether you agree to replan a COMMUNICATED release: it leaves the ' +
      'schedule and must be accepted again. Default: false.',
  ),
};

const scopeCiFields = {
  role: required(CiRoleEnum, 'Role of the items: SOURCE supplies content, TARGET is changed.'),
  ciIds: required([ID], 'Configuration items, at most 500.'),
};

const scopeContentFields = { dmlItemVersionIds: required([ID], 'DML item versions, at most 200.') };

/** Mutations on the scope and the package of a release. */
export const ReleaseScopeCommands = commandsOn(subject, useCases, {
  releaseAddCi: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Adds configuration items to the scope of a release without a change. ' +
      'Existing items stay. Requires the manager or owner of the release. A person who adds something takes part in ' +
      'planning the release, and can no longer accept it.',
    about: 'Configuration items to add, with their role.',
    inputDescription: 'Configuration items to add to the scope of a release, without a change.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeCiFields },
  },
  releaseRemoveCi: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Removes directly added configuration items from the scope of a release. ' +
      'Items contributed by a change leave with that change.',
    about: 'Configuration items to remove, with their role.',
    inputDescription: 'Directly added configuration items to remove from the scope of a release.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeCiFields },
  },
  releaseAddContent: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Adds versions of DML items to the package of a release. Every version must be authorised. A person who adds ' +
      'something takes part in planning the release, and can no longer accept it.',
    about: 'Versions to add.',
    inputDescription: 'DML item versions to add to the package of a release.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeContentFields },
  },
  releaseRemoveContent: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Removes versions of DML items from the package of a release.',
    about: 'Versions to remove.',
    inputDescription: 'DML item versions to remove from the package of a release.',
    input: { ...commandFields('release'), ...reasonField, ...scopeFields, ...scopeContentFields },
  },
  releaseRemoveChange: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Removes a change from a release that is not being distributed. The ' +
      'configuration items that only this change contributed leave with it.',
    about: 'Change to remove, with the reason.',
    inputDescription: 'Change to remove from a release, with the reason.',
    input: {
      ...commandFields('release'),
      ...scopeFields,
      changeId: required(ID, 'Change to remove.'),
      reason: required(String, 'Reason for the removal, 1 to 2,000 characters; kept in the event.'),
    },
  },
  releaseAddDependency: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Adds a dependency of a release on another one: none of its distributions starts before that one is DEPLOYED. ' +
      'Refused if the release would then depend on itself; the blocker names the path. Conflicts with the planned ' +
      'times of the other release are reported (DEPENDENCY_ORDER) and refuse nothing here. Adding an existing ' +
      'dependency changes nothing.',
    about: 'Release that waits, and the release that comes first.',
    inputDescription: 'Dependency of a release on another one.',
    input: {
      ...commandFields('release'),
      ...reasonField,
      predecessorId: required(ID, 'Release that has to be deployed first. Need not be one of yours.'),
    },
  },
  releaseRemoveDependency: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Removes the dependency of a release on another one, so that it no longer waits for it.',
    about: 'Release that waits, and the release that it no longer waits for.',
    inputDescription: 'Dependency of a release to remove, with the reason.',
    input: {
      ...commandFields('release'),
      predecessorId: required(ID, 'Release that the other one depends on now.'),
      reason: required(String, 'Reason for the removal, 1 to 2,000 characters; kept in the event.'),
    },
  },
});
