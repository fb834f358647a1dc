import { Field, Int, ObjectType } from 'type-graphql';
import { id, instant, listType } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A pin in the API, and the row it is read as. */
@ObjectType('VersionPin', {
  implements: NodeType,
  description:
    'Keeps a DML item version from a configuration item. A back-out sets it, so that the next release does not ' +
    'install the version again before somebody lifts the pin.',
  simpleResolvers: true,
})
export class VersionPinType extends NodeType {
  @Field(() => String, { description: 'Why the version is kept away.' })
  reason!: string;

  @Field(() => DateTime, { description: 'Time since which the pin is in force.' })
  pinnedAt!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which the pin was lifted. Null while it is in force.',
  })
  liftedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Why the pin was lifted. Null while it is in force.' })
  liftReason!: string | null;

  @Field(() => Int, { description: 'Increases with every change.' })
  version!: number;

  ciId!: string;
  dmlItemVersionId!: string;
  distributionId!: string | null;
  pinnedById!: string | null;
  liftedById!: string | null;
}

/** Lists of pins, with their filters and sort fields. */
export const versionPinList = listType('VersionPin', () => VersionPinType, {
  of: 'pins',
  filter: {
    ci: id('ConfigurationItem', 'Configuration item that the version is kept from.'),
    dmlItemVersion: id('DmlItemVersion', 'DML item version that is kept away.'),
    distribution: id('Distribution', 'Distribution whose back-out set the pin.'),
    pinnedAt: instant('Time since which the pin is in force.'),
    liftedAt: instant('Time at which the pin was lifted. `isNull: true` matches pins in force.'),
  },
  order: { PINNED_AT: instant('Time since which the pin is in force.') },
});
