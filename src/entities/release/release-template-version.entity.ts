import { defineEntity, p } from '@mikro-orm/core';
import type { TemplatePlan } from '../../domain/release/template.js';
import { TEMPLATE_VERSION_STATES } from '../../domain/release/template-version.machine.js';
import { id, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { ReleaseTemplate } from './release-template.entity.js';

const ReleaseTemplateVersionSchema = defineEntity({
  name: 'ReleaseTemplateVersion',
  tableName: 'release_template_version',
  properties: {
    id: id(),
    templateId: () => p.manyToOne(ReleaseTemplate).mapToPk().fieldName('template_id').deleteRule('restrict'),
    revision: p.integer(),
    state: p.enum(TEMPLATE_VERSION_STATES).default('DRAFT'),
    plan: p.json<TemplatePlan>(),
    authorId: () => p.manyToOne(Person).mapToPk().fieldName('author_id').deleteRule('restrict'),
    publishedById: () => p.manyToOne(Person).mapToPk().fieldName('published_by_id').nullable().deleteRule('restrict'),
    publishedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [
    { properties: ['templateId', 'revision'] },
    { name: 'release_template_version_one_published', properties: ['templateId'], where: "state = 'PUBLISHED'" },
  ],
});

/**
 * A revision of a template. Its plan is fixed once published; a release keeps the revision that it was created from.
 */
export class ReleaseTemplateVersion extends ReleaseTemplateVersionSchema.class {}
ReleaseTemplateVersionSchema.setClass(ReleaseTemplateVersion);
