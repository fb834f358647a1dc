import { Field, ObjectType } from 'type-graphql';
import { CI_ROLE_DESCRIPTIONS, CI_ROLES, type CiRole } from '../../domain/release/release-scope.js';
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
