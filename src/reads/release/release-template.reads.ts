import { releaseTemplateList, ReleaseTemplateType } from '../../schema/release/release-template.type.js';
import { sql } from 'kysely';
import { defineRead } from '../model.js';

/** How release templates are read. */
export const releaseTemplateRead = defineRead<ReleaseTemplateType>({
  list: releaseTemplateList,
  type: 'ReleaseTemplate',
  table: 'release_template',
  of: ReleaseTemplateType,
  computed: {
    publishedVersionId: sql`
      (select v.id from release_template_version v where v.template_id = t.id and v.state = 'PUBLISHED')`,
  },
  filters: {
    published: {
      kind: 'flag',
      column: sql`
        exists (select 1 from release_template_version v where v.template_id = t.id and v.state = 'PUBLISHED')`,
    },
  },
});
