import { Field, Int, ObjectType } from 'type-graphql';
import {
  TEMPLATE_VERSION_STATE_DESCRIPTIONS,
  TEMPLATE_VERSION_STATES,
  type TemplateVersionState,
} from '../../domain/release/template-version.machine.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { TemplatePlanType } from './template-plan.type.js';
import { flag, instant, listType, oneOf, text } from '../list.js';

export const TemplateVersionStateEnum = enumFrom(
  'TemplateVersionState',
  TEMPLATE_VERSION_STATES,
  'Lifecycle state of a release template revision.',
  TEMPLATE_VERSION_STATE_DESCRIPTIONS,
);

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

/** A template revision in the API; also the shape of the row that the read model selects. */
@ObjectType('ReleaseTemplateVersion', {
  implements: NodeType,
  description:
    'Revision of a release template. Its plan is fixed once published; ' +
    'a release keeps the revision it was created from.',
  simpleResolvers: true,
})
export class ReleaseTemplateVersionType extends NodeType {
  @Field(() => Int, { description: 'Revision number within the template, starting at 1.' })
  revision!: number;
  @Field(() => TemplateVersionStateEnum, { description: 'Lifecycle state: DRAFT, PUBLISHED or RETIRED.' })
  state!: TemplateVersionState;
  @Field(() => TemplatePlanType, { description: 'Phases, tasks, rules and requirements of the revision.' })
  plan!: TemplatePlan;
  @Field(() => DateTime, { nullable: true, description: 'When the revision was published. Null for a draft.' })
  publishedAt!: string | null;
  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;
  @Field(() => DateTime, { description: 'When the revision was created.' })
  createdAt!: string;
  @Field(() => DateTime, { description: 'When the revision last changed.' })
  updatedAt!: string;

  templateId!: string;
  authorId!: string;
  publishedById!: string | null;
}

export const TemplateVersionStateFilter = enumFilter('TemplateVersionState', TemplateVersionStateEnum);

/** The list of revisions of a template, with its filters. */
export const releaseTemplateVersionList = listType('ReleaseTemplateVersion', () => ReleaseTemplateVersionType, {
  of: 'revisions of a release template',
  filter: { state: oneOf(TemplateVersionStateFilter, 'By lifecycle state of the revision.') },
  descriptions: { filter: 'Filters the revisions of a release template.' },
});

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
