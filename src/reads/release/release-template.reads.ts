import { sql } from 'kysely';
import type { ReleaseTemplateType, ReleaseTemplateVersionType } from '../../schema/release/release-template.type.js';
import { column, defineEdge, defineRead } from '../model.js';

/** How release templates are read. */
export const releaseTemplateRead = defineRead<ReleaseTemplateType>({
  type: 'ReleaseTemplate',
  table: 'release_template',
  fields: ['number', 'name', 'description', 'version', 'createdAt', 'updatedAt'],
  computed: {
    publishedVersionId: sql`(select v.id from release_template_version v where v.template_id = t.id and v.state = 'PUBLISHED')`,
  },
  order: {
    NAME: { column: column('name'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    name: { kind: 'text', column: column('name') },
    published: {
      kind: 'flag',
      column: sql`exists (select 1 from release_template_version v where v.template_id = t.id and v.state = 'PUBLISHED')`,
    },
  },
});

/** How versions of release templates are read. */
export const releaseTemplateVersionRead = defineRead<ReleaseTemplateVersionType>({
  type: 'ReleaseTemplateVersion',
  table: 'release_template_version',
  fields: [
    'revision',
    'state',
    'plan',
    'publishedAt',
    'version',
    'createdAt',
    'updatedAt',
    'templateId',
    'authorId',
    'publishedById',
  ],
  order: { REVISION: { column: column('revision'), type: 'int' } },
  filters: { state: { kind: 'enum', column: column('state') } },
});

/** The versions of a template, latest first. */
export const versionsOfTemplate = defineEdge({
  name: 'ReleaseTemplate.versions',
  model: releaseTemplateVersionRead,
  on: sql`t.template_id = p.id`,
  defaultOrder: [{ field: 'REVISION', direction: 'DESC' }],
});
