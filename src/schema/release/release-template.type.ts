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
  'Where a version of a release template is in its life.',
  TEMPLATE_VERSION_STATE_DESCRIPTIONS,
);

/** A template as the API shows it, and the row it is read as. */
@ObjectType('ReleaseTemplate', {
  implements: NodeType,
  description: 'A named plan from which releases are made. It exists in versions, one of which can be published.',
  simpleResolvers: true,
})
export class ReleaseTemplateType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. TPL-1042.' })
  number!: string;
  @Field(() => String, { description: 'Name. Unique.' })
  name!: string;
  @Field(() => String, { description: 'What releases it is for.' })
  description!: string;
  @Field(() => Int, { description: 'Grows with every change.' })
  version!: number;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: string;
  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;
  publishedVersionId!: string | null;
}

/** A version of a template as the API shows it, and the row it is read as. */
@ObjectType('ReleaseTemplateVersion', {
  implements: NodeType,
  description:
    'One revision of a release template. Its plan is fixed once it is published; releases keep the revision they were made from.',
  simpleResolvers: true,
})
export class ReleaseTemplateVersionType extends NodeType {
  @Field(() => Int, { description: 'Number of the revision, from 1.' })
  revision!: number;
  @Field(() => TemplateVersionStateEnum, { description: 'Where it is in its life.' })
  state!: TemplateVersionState;
  @Field(() => TemplatePlanType, { description: 'The plan.' })
  plan!: TemplatePlan;
  @Field(() => DateTime, { nullable: true, description: 'When it was published.' })
  publishedAt!: string | null;
  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: string;
  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  templateId!: string;
  authorId!: string;
  publishedById!: string | null;
}

export const TemplateVersionStateFilter = enumFilter('TemplateVersionState', TemplateVersionStateEnum);

/** Lists of items: what they can be filtered and ordered by. */
export const releaseTemplateVersionList = listType('ReleaseTemplateVersion', () => ReleaseTemplateVersionType, {
  of: 'items',
  filter: { state: oneOf(TemplateVersionStateFilter, 'By state.') },
  descriptions: { filter: 'Narrows the versions of a release template.' },
});

/** Lists of release templates: what they can be filtered and ordered by. */
export const releaseTemplateList = listType('ReleaseTemplate', () => ReleaseTemplateType, {
  of: 'release templates',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    published: flag('True: one of its versions is published. False: none is.'),
  },
  order: { NAME: text('Name.'), UPDATED_AT: instant('Time of the last change.') },
});
