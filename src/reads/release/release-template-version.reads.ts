import {
  releaseTemplateVersionList,
  ReleaseTemplateVersionType,
} from '../../schema/release/release-template-version.type.js';
import { sql } from 'kysely';
import { column, defineEdge, defineRead } from '../model.js';

/** How versions of release templates are read. */
export const releaseTemplateVersionRead = defineRead<ReleaseTemplateVersionType>({
  list: releaseTemplateVersionList,
  type: 'ReleaseTemplateVersion',
  table: 'release_template_version',
  of: ReleaseTemplateVersionType,
  keys: ['templateId', 'authorId', 'publishedById'],
  // A plan that was stored before there were add rules has none.
  computed: { plan: sql`('{"addRules": []}'::jsonb || t.plan)` },
  order: { REVISION: { column: column('revision'), type: 'int' } },
});

/** The versions of a template, latest first. */
export const versionsOfTemplate = defineEdge({
  name: 'ReleaseTemplate.versions',
  model: releaseTemplateVersionRead,
  on: sql`t.template_id = p.id`,
  defaultOrder: [{ field: 'REVISION', direction: 'DESC' }],
});
