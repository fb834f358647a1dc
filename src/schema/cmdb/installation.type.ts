import { Field, Int, ObjectType } from 'type-graphql';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { ASSURANCES } from '../../domain/cmdb/installation.js';
import { id, instant, listType, oneOf } from '../list.js';

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
    'Which version of a DML item runs (or ran) on a configuration item, from when to when, what ran before and ' +
    'which distribution put it there.',
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

export const AssuranceFilter = enumFilter('Assurance', AssuranceEnum);

/** Lists of installations: what they can be filtered and ordered by. */
export const installationList = listType('Installation', () => InstallationType, {
  of: 'installations',
  filter: {
    ci: id('ConfigurationItem', 'By configuration item.'),
    dmlItem: id('DmlItem', 'By DML item.'),
    dmlItemVersion: id('DmlItemVersion', 'By DML item version.'),
    release: id('Release', 'By release.'),
    assurance: oneOf(AssuranceFilter, 'By assurance.'),
    validFrom: instant('By start of validity.'),
    validTo: instant('By end of validity; `isNull: true` gives what is there now.'),
  },
  order: { VALID_FROM: instant('Start of validity.') },
});
