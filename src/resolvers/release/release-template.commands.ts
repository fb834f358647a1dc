import { ID } from 'type-graphql';
import { releaseTemplateRead } from '../../reads/release/release-template.reads.js';
import { releaseTemplateVersionRead } from '../../reads/release/release-template-version.reads.js';
import { commandsOn } from '../commands-on.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { ReleaseTemplateType } from '../../schema/release/release-template.type.js';
import { ReleaseTemplateVersionType } from '../../schema/release/release-template-version.type.js';
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

/** Mutations on release templates and their revisions. */
export const ReleaseTemplateCommands = commandsOn(subject, useCases, {
  releaseTemplateCreate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Creates a release template with a draft as its first revision.',
    about: 'Template to create.',
    shows: { field: 'releaseTemplate', type: () => ReleaseTemplateType, model: releaseTemplateRead },
    inputDescription: 'New release template with a draft as its first revision.',
    input: {
      name: required(String, 'Unique name, 1 to 200 characters.'),
      description: optional(String, 'Kind of release that the template is intended for.'),
      plan: required(TemplatePlanInput, 'Plan of the first revision.'),
    },
  },
  releaseTemplateRevise: {
    roles: ['RELEASE_MANAGER'],
    description: 'Adds a draft revision to a release template.',
    about: 'Template to revise, with the new plan.',
    inputDescription: 'New draft revision of a release template.',
    input: {
      id: required(ID, 'Template to revise.'),
      plan: optional(TemplatePlanInput, 'Plan of the new revision. Default: a copy of the latest revision.'),
    },
  },
  releaseTemplateVersionUpdate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Replaces the plan of a draft revision. You become its author and cannot publish it.',
    about: 'Draft revision to update, with the new plan.',
    inputDescription: 'New plan for a draft revision.',
    input: {
      ...editFields('template version'),
      plan: required(TemplatePlanInput, 'New plan, which replaces the current one.'),
    },
  },
  releaseTemplateVersionPublish: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Publishes a draft revision and retires the one published before. The author cannot publish it.',
    about: 'Revision to publish.',
  },
  releaseTemplateVersionRetire: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Retires a revision, so that no new release can use it. Existing releases keep their plan.',
    about: 'Revision to retire.',
  },
  releaseSaveAsTemplate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Creates a draft template from the plan of a release. People become roles, dates become offsets.',
    about: 'Release to copy the plan from, with the template name.',
    shows: { field: 'releaseTemplate', type: () => ReleaseTemplateType, model: releaseTemplateRead },
    inputDescription: 'Release whose plan becomes a new template.',
    input: {
      releaseId: required(ID, 'Release to copy the plan from.'),
      name: required(String, 'Unique name of the template, 1 to 200 characters.'),
      description: optional(String, 'Kind of release that the template is intended for.'),
    },
  },
});
