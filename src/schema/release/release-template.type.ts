import { Field, Int, ObjectType } from 'type-graphql';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { flag, instant, listType, text } from '../list.js';

/** A release template in the API; also the shape of the row that the read model selects. */
@ObjectType('ReleaseTemplate', {
  implements: NodeType,
  description:
    'Reusable release plan with numbered revisions. At most one revision is published; new releases use that one.',
  simpleResolvers: true,
})
export class ReleaseTemplateType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. TPL-1042.' })
  number!: string;
  @Field(() => String, { description: 'Unique name of the template.' })
  name!: string;
  @Field(() => String, { description: 'Kind of release that the template is intended for.' })
  description!: string;
  @Field(() => Int, { description: 'Increases with every change.' })
  version!: number;
  @Field(() => DateTime, { description: 'When the template was created.' })
  createdAt!: string;
  @Field(() => DateTime, { description: 'When the template last changed.' })
  updatedAt!: string;
  publishedVersionId!: string | null;
}

/** The list of release templates, with its filters and sort fields. */
export const releaseTemplateList = listType('ReleaseTemplate', () => ReleaseTemplateType, {
  of: 'release templates',
  filter: {
    number: text('By template number, e.g. TPL-1042.'),
    name: text('By template name.'),
    published: flag('True: only templates with a published revision. False: only those without.'),
  },
  order: { NAME: text('Template name.'), UPDATED_AT: instant('Time of the last change.') },
});
