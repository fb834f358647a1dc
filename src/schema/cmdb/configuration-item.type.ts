import { Field, Int, ObjectType } from 'type-graphql';
import type {
  CiClass,
  CiRelationKind,
  ConfigurationItemState,
  Criticality,
  LifecycleState,
} from '../../domain/cmdb/configuration-item.machine.js';
import { connectionType } from '../connection.js';
import {
  CiClassEnum,
  CiRelationKindEnum,
  ConfigurationItemStateEnum,
  CriticalityEnum,
  LifecycleStateEnum,
} from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import { id, instant, listType, oneOf, text } from '../list.js';

/** A configuration item as the API shows it, and the row it is read as. */
@ObjectType('ConfigurationItem', {
  implements: NodeType,
  description:
    'The authorised record of something that must be managed to deliver a service: a server, an application, a ' +
    'document.',
  simpleResolvers: true,
})
export class ConfigurationItemType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. CI-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { description: 'What it is and what it is for.' })
  description!: string;

  @Field(() => CiClassEnum, { description: 'What kind of thing it is.' })
  ciClass!: CiClass;

  @Field(() => CriticalityEnum, { description: 'How much the business depends on it.' })
  criticality!: Criticality;

  @Field(() => ConfigurationItemStateEnum, {
    description: 'State of the record. Only authorised items can be targets of a distribution.',
  })
  state!: ConfigurationItemState;

  @Field(() => LifecycleStateEnum, { description: 'Where the item is in its own life.' })
  lifecycleState!: LifecycleState;

  @Field(() => JSONObject, { description: 'Further attributes, by name.' })
  attributes!: Record<string, unknown>;

  @Field(() => JSONObject, {
    description: 'By name of a deployment tool instance: what that tool knows the item by, e.g. host or directory.',
  })
  bindings!: Record<string, unknown>;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  @Field(() => ExternalRef, { nullable: true, description: 'Its name in the system it came from.' })
  externalRef!: ExternalRef | null;

  ownerTeamId!: string | null;
}

/** A relation as the API shows it. */
@ObjectType('CiRelation', {
  implements: NodeType,
  description: 'A typed, directed relation between two configuration items.',
  simpleResolvers: true,
})
export class CiRelationType extends NodeType {
  @Field(() => CiRelationKindEnum, { description: 'Read it as "source KIND target".' })
  kind!: CiRelationKind;

  @Field(() => DateTime, { description: 'When the relation was recorded.' })
  createdAt!: string;

  sourceId!: string;
  targetId!: string;
}

export const CiRelationConnection = connectionType('CiRelation', () => CiRelationType);

export const CiClassFilter = enumFilter('CiClass', CiClassEnum);
export const CriticalityFilter = enumFilter('Criticality', CriticalityEnum);
export const ConfigurationItemStateFilter = enumFilter('ConfigurationItemState', ConfigurationItemStateEnum);
export const LifecycleStateFilter = enumFilter('LifecycleState', LifecycleStateEnum);

/** Lists of configuration items: what they can be filtered and ordered by. */
export const configurationItemList = listType('ConfigurationItem', () => ConfigurationItemType, {
  of: 'configuration items',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    ciClass: oneOf(CiClassFilter, 'By kind.'),
    criticality: oneOf(CriticalityFilter, 'By criticality.'),
    state: oneOf(ConfigurationItemStateFilter, 'By state of the record.'),
    lifecycleState: oneOf(LifecycleStateFilter, 'By lifecycle state.'),
    ownerTeam: id('Team', 'By the team that owns it.'),
    externalSource: text('By the system it came from.'),
    externalKey: text('By its key in that system.'),
  },
  order: { NAME: text('Name.'), NUMBER: text('Number, as text.'), UPDATED_AT: instant('Time of the last change.') },
});
