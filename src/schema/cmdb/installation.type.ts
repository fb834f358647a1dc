import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';
import { ASSURANCES } from '../../domain/cmdb/installation.js';

/** How sure an installation is. */
export type Assurance = (typeof ASSURANCES)[number];

export const AssuranceEnum = enumFrom('Assurance', ASSURANCES, 'How sure the record of an installation is.', {
  REPORTED: 'The tool or a person said so.',
  VERIFIED: 'The digest read back on the target is the one that was authorised.',
  DISCOVERED: 'Discovery saw it on the target.',
});

/** An installation as the API shows it, and the row it is read as. */
@ObjectType('Installation', {
  implements: NodeType,
  description:
    'Which version of a DML item runs (or ran) on a configuration item, from when to when, what ran before and which distribution put it there.',
  simpleResolvers: true,
})
export class InstallationType extends NodeType {
  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the media that was installed; null for items without media.',
  })
  digest!: string | null;

  @Field(() => AssuranceEnum, { description: 'How sure it is.' })
  assurance!: Assurance;

  @Field(() => DateTime, { description: 'From when on it was there.' })
  validFrom!: string;

  @Field(() => DateTime, { nullable: true, description: 'Until when; null while it is there.' })
  validTo!: string | null;

  @Field(() => Int, { description: 'Grows with every change.' })
  version!: number;

  ciId!: string;
  dmlItemId!: string;
  dmlItemVersionId!: string;
  previousId!: string | null;
  releaseId!: string | null;
  distributionId!: string | null;
  targetExecutionId!: string | null;
}

export const InstallationConnection = connectionType('Installation', () => InstallationType);

export const AssuranceFilter = enumFilter('Assurance', AssuranceEnum);

/** What lists of installations can be narrowed by. */
@Combinable()
@InputType('InstallationFilter', { description: 'Narrows a list of installations. All that is given must hold.' })
export class InstallationFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By configuration item.' })
  ci?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By DML item.' })
  dmlItem?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By DML item version.' })
  dmlItemVersion?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By release.' })
  release?: IdFilter;
  @Field(() => AssuranceFilter, { nullable: true, description: 'By assurance.' })
  assurance?: InstanceType<typeof AssuranceFilter>;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By start of validity.' })
  validFrom?: DateTimeFilter;
  @Field(() => DateTimeFilter, {
    nullable: true,
    description: 'By end of validity; `isNull: true` gives what is there now.',
  })
  validTo?: DateTimeFilter;
}

export const InstallationOrderField = enumFrom(
  'InstallationOrderField',
  ['ID', 'VALID_FROM'],
  'What installations can be ordered by.',
  {
    ID: 'Age of the record.',
    VALID_FROM: 'Start of validity.',
  },
);

/** One term of an order of installations. */
@InputType('InstallationOrder', { description: 'One term of an order of installations.' })
export class InstallationOrder implements OrderTerm {
  @Field(() => InstallationOrderField, { description: 'By what.' })
  field!: keyof typeof InstallationOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
