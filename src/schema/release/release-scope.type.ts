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
  'The part a configuration item plays in a change or a release.',
  CI_ROLE_DESCRIPTIONS,
);

/** A change as part of a release, now or once. */
@ObjectType('ReleaseChange', {
  implements: NodeType,
  description:
    'A change as part of a release. It stays on record when the change leaves, so that the history of both is complete.',
  simpleResolvers: true,
})
export class ReleaseChangeType extends NodeType {
  @Field(() => Boolean, {
    description: 'Whether the change belongs to the release now. A change has at most one live release.',
  })
  live!: boolean;

  @Field(() => DateTime, { description: 'When the change joined.' })
  createdAt!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the change left, or the release was cancelled. Null while it belongs to it.',
  })
  leftAt!: string | null;

  releaseId!: string;
  changeId!: string;
  addedById!: string;
}

/** One contribution of a configuration item to the scope of a release. */
@ObjectType('ReleaseCi', {
  implements: NodeType,
  description:
    'Why a configuration item is in the scope of a release: one contribution, by a change or directly by a person. The item is in scope as long as one contribution is left.',
  simpleResolvers: true,
})
export class ReleaseCiType extends NodeType {
  @Field(() => CiRoleEnum, { description: 'The part the item plays.' })
  role!: CiRole;

  @Field(() => DateTime, { description: 'When it was added.' })
  createdAt!: string;

  releaseId!: string;
  ciId!: string;
  viaChangeId!: string | null;
  addedById!: string;
}

/** A DML item version in the package of a release. */
@ObjectType('ReleaseContent', {
  implements: NodeType,
  description: 'A version of a DML item in the package of a release.',
  simpleResolvers: true,
})
export class ReleaseContentType extends NodeType {
  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the media, frozen when the release was accepted. Null before.',
  })
  baselineDigest!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the digest was frozen.' })
  baselinedAt!: string | null;

  @Field(() => DateTime, { description: 'When it was added.' })
  createdAt!: string;

  releaseId!: string;
  dmlItemVersionId!: string;
  addedById!: string;
}

export const ReleaseChangeConnection = connectionType('ReleaseChange', () => ReleaseChangeType);

export const ReleaseContentConnection = connectionType('ReleaseContent', () => ReleaseContentType);

export const CiRoleFilter = enumFilter('CiRole', CiRoleEnum);

/** Lists of items: what they can be filtered and ordered by. */
export const releaseCiList = listType('ReleaseCi', () => ReleaseCiType, {
  of: 'items',
  filter: {
    role: oneOf(CiRoleFilter, 'By the part the item plays.'),
    ci: id('ConfigurationItem', 'By the configuration item.'),
    viaChange: id('Change', 'By the change that contributed it; `isNull: true` gives those added directly.'),
  },
  descriptions: { filter: 'Narrows the scope of a release. All that is given must hold.' },
});
