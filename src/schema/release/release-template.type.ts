import { Field, InputType, Int, ObjectType } from 'type-graphql';
import {
  TEMPLATE_VERSION_STATE_DESCRIPTIONS,
  TEMPLATE_VERSION_STATES,
  type TemplateVersionState,
} from '../../domain/release/template-version.machine.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { TemplatePlanType } from './template-plan.type.js';
import type { OrderTerm } from '../../domain/list.js';

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

export const ReleaseTemplateConnection = connectionType('ReleaseTemplate', () => ReleaseTemplateType);
export const ReleaseTemplateVersionConnection = connectionType(
  'ReleaseTemplateVersion',
  () => ReleaseTemplateVersionType,
);
export const TemplateVersionStateFilter = enumFilter('TemplateVersionState', TemplateVersionStateEnum);

/** What lists of templates can be narrowed by. */
@Combinable()
@InputType('ReleaseTemplateFilter', {
  description: 'Narrows a list of release templates. All that is given must hold.',
})
export class ReleaseTemplateFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => Boolean, { nullable: true, description: 'True: one of its versions is published. False: none is.' })
  published?: boolean;
}

/** What the versions of a template can be narrowed by. */
@InputType('ReleaseTemplateVersionFilter', { description: 'Narrows the versions of a release template.' })
export class ReleaseTemplateVersionFilter {
  @Field(() => TemplateVersionStateFilter, { nullable: true, description: 'By state.' })
  state?: InstanceType<typeof TemplateVersionStateFilter>;
}

export const ReleaseTemplateOrderField = enumFrom(
  'ReleaseTemplateOrderField',
  ['ID', 'NAME', 'UPDATED_AT'],
  'What release templates can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of templates. */
@InputType('ReleaseTemplateOrder', { description: 'One term of an order of release templates.' })
export class ReleaseTemplateOrder implements OrderTerm {
  @Field(() => ReleaseTemplateOrderField, { description: 'By what.' })
  field!: keyof typeof ReleaseTemplateOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
