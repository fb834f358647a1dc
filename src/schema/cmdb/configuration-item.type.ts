import { Field, InputType, Int, ObjectType } from 'type-graphql';
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
  enumFrom,
  LifecycleStateEnum,
  OrderDirection,
} from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { Combinable, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

/** A configuration item as the API shows it, and the row it is read as. */
@ObjectType('ConfigurationItem', {
  implements: NodeType,
  description:
    'The authorised record of something that must be managed to deliver a service: a server, an application, a document.',
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

export const ConfigurationItemConnection = connectionType('ConfigurationItem', () => ConfigurationItemType);
export const CiRelationConnection = connectionType('CiRelation', () => CiRelationType);

export const CiClassFilter = enumFilter('CiClass', CiClassEnum);
export const CriticalityFilter = enumFilter('Criticality', CriticalityEnum);
export const ConfigurationItemStateFilter = enumFilter('ConfigurationItemState', ConfigurationItemStateEnum);
export const LifecycleStateFilter = enumFilter('LifecycleState', LifecycleStateEnum);

/** What lists of configuration items can be narrowed by. */
@Combinable()
@InputType('ConfigurationItemFilter', {
  description: 'Narrows a list of configuration items. All that is given must hold.',
})
export class ConfigurationItemFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => CiClassFilter, { nullable: true, description: 'By kind.' })
  ciClass?: InstanceType<typeof CiClassFilter>;
  @Field(() => CriticalityFilter, { nullable: true, description: 'By criticality.' })
  criticality?: InstanceType<typeof CriticalityFilter>;
  @Field(() => ConfigurationItemStateFilter, { nullable: true, description: 'By state of the record.' })
  state?: InstanceType<typeof ConfigurationItemStateFilter>;
  @Field(() => LifecycleStateFilter, { nullable: true, description: 'By lifecycle state.' })
  lifecycleState?: InstanceType<typeof LifecycleStateFilter>;
  @Field(() => IdFilter, { nullable: true, description: 'By the team that owns it.' })
  ownerTeam?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the system it came from.' })
  externalSource?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By its key in that system.' })
  externalKey?: StringFilter;
}

export const ConfigurationItemOrderField = enumFrom(
  'ConfigurationItemOrderField',
  ['ID', 'NAME', 'NUMBER', 'UPDATED_AT'],
  'What configuration items can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    NUMBER: 'Number, as text.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of configuration items. */
@InputType('ConfigurationItemOrder', { description: 'One term of an order of configuration items.' })
export class ConfigurationItemOrder implements OrderTerm {
  @Field(() => ConfigurationItemOrderField, { description: 'By what.' })
  field!: keyof typeof ConfigurationItemOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
