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
import { listType, oneOf } from '../list.js';

export const TemplateVersionStateEnum = enumFrom(
  'TemplateVersionState',
  TEMPLATE_VERSION_STATES,
  'Lifecycle state of a release template revision.',
  TEMPLATE_VERSION_STATE_DESCRIPTIONS,
);

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
