import { Field, ObjectType } from 'type-graphql';
import { CI_ROLE_DESCRIPTIONS, CI_ROLES, type CiRole } from '../../domain/release/release-scope.js';
import { connectionType } from '../connection.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, listType, oneOf } from '../list.js';

export const CiRoleEnum = enumFrom(
  'CiRole',
  CI_ROLES,
  'Role of a configuration item in a change or a release.',
  CI_ROLE_DESCRIPTIONS,
);

/** The current or past membership of a change in a release. */
@ObjectType('ReleaseChange', {
  implements: NodeType,
  description:
    'Membership of a change in a release. The record is kept when the change leaves, for the history of both.',
  simpleResolvers: true,
})
export class ReleaseChangeType extends NodeType {
  @Field(() => Boolean, {
    description: 'Whether the change currently belongs to the release. A change has at most one live membership.',
  })
  live!: boolean;

  @Field(() => DateTime, { description: 'When the change joined the release.' })
  createdAt!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the change left or the release was cancelled. Null while the membership is live.',
  })
  leftAt!: string | null;

  releaseId!: string;
  changeId!: string;
  addedById!: string;
}

/** One reason why a configuration item is in the scope of a release. */
@ObjectType('ReleaseCi', {
  implements: NodeType,
  description:
    'Reason why a configuration item is in the scope of a release: a change contributed it, or a person ' +
    'added it directly. The item stays in scope as long as it has at least one such entry.',
  simpleResolvers: true,
})
export class ReleaseCiType extends NodeType {
  @Field(() => CiRoleEnum, { description: 'Role of the item: SOURCE supplies content, TARGET is changed.' })
  role!: CiRole;

  @Field(() => DateTime, { description: 'When the item was added to the scope.' })
  createdAt!: string;

  releaseId!: string;
  ciId!: string;
  viaChangeId!: string | null;
  addedById!: string;
}

/** A version of a DML item in the package of a release. */
@ObjectType('ReleaseContent', {
  implements: NodeType,
  description: 'Version of a Definitive Media Library (DML) item in the package of a release.',
  simpleResolvers: true,
})
export class ReleaseContentType extends NodeType {
  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 digest of the media, frozen at acceptance. Null until then.',
  })
  baselineDigest!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the digest was frozen. Null until the release is accepted.',
  })
  baselinedAt!: string | null;

  @Field(() => DateTime, { description: 'When the version was added to the package.' })
  createdAt!: string;

  releaseId!: string;
  dmlItemVersionId!: string;
  addedById!: string;
}

export const ReleaseChangeConnection = connectionType('ReleaseChange', () => ReleaseChangeType);

export const ReleaseContentConnection = connectionType('ReleaseContent', () => ReleaseContentType);

export const CiRoleFilter = enumFilter('CiRole', CiRoleEnum);

/** The list of scope entries of a release, with its filters. */
export const releaseCiList = listType('ReleaseCi', () => ReleaseCiType, {
  of: 'configuration items in the scope of a release',
  filter: {
    role: oneOf(CiRoleFilter, 'By role of the configuration item: SOURCE or TARGET.'),
    ci: id('ConfigurationItem', 'By configuration item.'),
    viaChange: id('Change', 'By contributing change; `isNull: true` finds items added directly.'),
  },
  descriptions: { filter: 'Filters the scope of a release. All given conditions must hold.' },
});
