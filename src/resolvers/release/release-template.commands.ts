import { ID } from 'type-graphql';
import { releaseTemplateRead, releaseTemplateVersionRead } from '../../reads/release/release-template.reads.js';
import { commandsOn } from '../commands-on.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { ReleaseTemplateType, ReleaseTemplateVersionType } from '../../schema/release/release-template.type.js';
import { TemplatePlanInput } from '../../schema/release/template-plan.type.js';
import * as releaseTemplateUseCases from '../../services/release/release-template.service.js';
import * as releaseSaveAsTemplateUseCases from '../../services/release/release-save-as-template.service.js';

const useCases = { ...releaseTemplateUseCases, ...releaseSaveAsTemplateUseCases };

const subject = {
  field: 'releaseTemplateVersion',
  noun: 'template version',
  type: () => ReleaseTemplateVersionType,
  model: releaseTemplateVersionRead,
};

/** The commands of release template objects. */
export const ReleaseTemplateCommands = commandsOn(subject, useCases, {
  releaseTemplateCreate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Makes a release template with its first revision, a draft.',
    about: 'The template.',
    shows: { field: 'releaseTemplate', type: () => ReleaseTemplateType, model: releaseTemplateRead },
    inputDescription: 'A new release template with its first revision, a draft.',
    input: {
      name: required(String, 'Name, 1 to 200 characters. Unique.'),
      description: optional(String, 'What releases it is for.'),
      plan: required(TemplatePlanInput, 'The plan of the first revision.'),
    },
  },
  releaseTemplateRevise: {
    roles: ['RELEASE_MANAGER'],
    description: 'Adds a draft revision to a release template.',
    about: 'Which template, and the plan.',
    inputDescription: 'A new draft revision of a release template.',
    input: {
      id: required(ID, 'The template.'),
      plan: optional(TemplatePlanInput, 'The plan. Default: a copy of the latest revision.'),
    },
  },
  releaseTemplateVersionUpdate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Gives a draft revision another plan. Whoever does becomes its author and cannot publish it.',
    about: 'Which revision, and the plan.',
    inputDescription: 'Another plan for a draft revision.',
    input: {
      ...editFields('template version'),
      plan: required(TemplatePlanInput, 'The plan. Replaces the one that is there.'),
    },
  },
  releaseTemplateVersionPublish: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Publishes a draft revision and retires the one that was published before. Never by its author.',
    about: 'Which revision.',
  },
  releaseTemplateVersionRetire: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Takes a revision out of use. Releases made from it keep their plan.',
    about: 'Which revision.',
  },
  releaseSaveAsTemplate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Keeps the plan of a release as a new template, a draft: people become roles, dates become offsets.',
    about: 'Which release, and the name of the template.',
    shows: { field: 'releaseTemplate', type: () => ReleaseTemplateType, model: releaseTemplateRead },
    inputDescription: 'A release whose plan becomes a new template: people become roles, dates become offsets.',
    input: {
      releaseId: required(ID, 'The release.'),
      name: required(String, 'Name of the template, 1 to 200 characters. Unique.'),
      description: optional(String, 'What releases it is for.'),
    },
  },
});
