import { Field, Int, ObjectType } from 'type-graphql';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { ASSURANCES } from '../../domain/cmdb/installation.js';
import { id, instant, listType, oneOf } from '../list.js';

/** Assurance of an installation. */
export type Assurance = (typeof ASSURANCES)[number];

export const AssuranceEnum = enumFrom('Assurance', ASSURANCES, 'Evidence behind the record of an installation.', {
  REPORTED: 'Reported by the deployment tool or by a person.',
  VERIFIED: 'Verified: the digest read back on the target is the authorised one.',
  DISCOVERED: 'Found on the target by discovery.',
});

/** An installation in the API, and the row it is read as. */
@ObjectType('Installation', {
  implements: NodeType,
  description:
    'Record of a DML item version that is or was installed on a configuration item: its period, its predecessor and ' +
    'the distribution that installed it.',
  simpleResolvers: true,
})
export class InstallationType extends NodeType {
  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the installed media. Null for items without media.',
  })
  digest!: string | null;

  @Field(() => AssuranceEnum, { description: 'Evidence behind the record, e.g. VERIFIED.' })
  assurance!: Assurance;

  @Field(() => DateTime, { description: 'Start of the installation.' })
  validFrom!: string;

  @Field(() => DateTime, { nullable: true, description: 'End of the installation. Null while it is current.' })
  validTo!: string | null;

  @Field(() => Int, { description: 'Increases with every change.' })
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

/** Lists of installations, with their filters and sort fields. */
export const installationList = listType('Installation', () => InstallationType, {
  of: 'installations',
  filter: {
    ci: id('ConfigurationItem', 'Configuration item that has or had the installation.'),
    dmlItem: id('DmlItem', 'DML item that is or was installed.'),
    dmlItemVersion: id('DmlItemVersion', 'DML item version that is or was installed.'),
    release: id('Release', 'Release that delivered the installation.'),
    assurance: oneOf(AssuranceFilter, 'Evidence behind the record.'),
    validFrom: instant('Start of the installation.'),
    validTo: instant('End of the installation. `isNull: true` matches current ones.'),
  },
  order: { VALID_FROM: instant('Start of the installation.') },
});
