import { Field, Int, ObjectType } from 'type-graphql';
import type {
  CiClass,
  ConfigurationItemState,
  Criticality,
  LifecycleState,
} from '../../domain/cmdb/configuration-item.machine.js';
import { AttributesFilter } from './attribute.filters.js';
import { CiClassEnum, ConfigurationItemStateEnum, CriticalityEnum, LifecycleStateEnum } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import { custom, flag, id, instant, listType, oneOf, text } from '../list.js';

/** A configuration item in the API, and the row it is read as. */
@ObjectType('ConfigurationItem', {
  implements: NodeType,
  description:
    'CMDB record of a component that must be managed to deliver a service, e.g. a server, application or document.',
  simpleResolvers: true,
})
export class ConfigurationItemType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. CI-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name of the item, e.g. `web-1`.' })
  name!: string;

  @Field(() => String, { description: 'Description and purpose of the item.' })
  description!: string;

  @Field(() => CiClassEnum, { description: 'Class of the item, e.g. SERVER.' })
  ciClass!: CiClass;

  @Field(() => CriticalityEnum, { description: 'Degree to which the business depends on the item.' })
  criticality!: Criticality;

  @Field(() => ConfigurationItemStateEnum, {
    description: 'State of the record. Only an authorised item can be the target of a distribution.',
  })
  state!: ConfigurationItemState;

  @Field(() => LifecycleStateEnum, {
    description: 'Stage of the item in its lifecycle, independent of the state of the record.',
  })
  lifecycleState!: LifecycleState;

  @Field(() => String, {
    nullable: true,
    description: 'Environment that the item belongs to, in the words of the site, e.g. `test`. Always in lower case.',
  })
  environment!: string | null;

  @Field(() => String, { nullable: true, description: 'Place where the item is, e.g. `Berlin, rack 12`.' })
  location!: string | null;

  @Field(() => String, { nullable: true, description: 'Serial number that the manufacturer gave to the item.' })
  serialNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'Manufacturer of the item.' })
  manufacturer!: string | null;

  @Field(() => JSONObject, { description: 'Further attributes by name.' })
  attributes!: Record<string, unknown>;

  @Field(() => JSONObject, {
    description: 'Identification of the item in deployment tools, by tool name, e.g. a host or directory.',
  })
  bindings!: Record<string, unknown>;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  @Field(() => ExternalRef, {
    nullable: true,
    description: 'Reference in the system that the item came from. Null if there is none.',
  })
  externalRef!: ExternalRef | null;

  ownerTeamId!: string | null;
  ownerId!: string | null;
  supportTeamId!: string | null;
  customClassId!: string | null;
}

export const CiClassFilter = enumFilter('CiClass', CiClassEnum);
export const CriticalityFilter = enumFilter('Criticality', CriticalityEnum);
export const ConfigurationItemStateFilter = enumFilter('ConfigurationItemState', ConfigurationItemStateEnum);
export const LifecycleStateFilter = enumFilter('LifecycleState', LifecycleStateEnum);

/** Lists of configuration items, with their filters and sort fields. */
export const configurationItemList = listType('ConfigurationItem', () => ConfigurationItemType, {
  of: 'configuration items',
  filter: {
    number: text('Number of the item, e.g. CI-1042.'),
    name: text('Name of the item.'),
    ciClass: oneOf(CiClassFilter, 'Class of the item, e.g. SERVER.'),
    criticality: oneOf(CriticalityFilter, 'Degree to which the business depends on the item.'),
    state: oneOf(ConfigurationItemStateFilter, 'State of the record.'),
    lifecycleState: oneOf(LifecycleStateFilter, 'Stage of the item in its lifecycle.'),
    ownerTeam: id('Team', 'Team that owns the item.'),
    owner: id('Person', 'Person who answers for the item.'),
    supportTeam: id('Team', 'Team that supports the item.'),
    environment: text('Environment that the item belongs to. Stored in lower case.'),
    location: text('Place where the item is.'),
    serialNumber: text('Serial number of the item.'),
    manufacturer: text('Manufacturer of the item.'),
    customClass: id('CustomClass', 'Class of your own that it is of, without those below it.'),
    fitsClass: flag('Whether its attributes fit its class of your own. False: a migration left it as it was.'),
    attributes: custom(AttributesFilter, 'Class of your own, also of a class below it, and attributes of the item.'),
    memberOf: id('ConfigurationItem', 'Item that it is a member of by a relation MEMBER_OF, e.g. a cluster.'),
    externalSource: text('System that the item came from.'),
    externalKey: text('Key of the item in the other system.'),
  },
  order: {
    NAME: text('Name of the item.'),
    NUMBER: text('Number of the item, compared as text.'),
    ENVIRONMENT: text('Environment. Items without one come first.'),
    LOCATION: text('Place where the item is. Items without one come first.'),
    ATTRIBUTE: text(
      'The attribute that `attribute` names. `filter.attributes.of` names its class. Items without a value come first.',
    ),
    UPDATED_AT: instant('Time of the last change.'),
  },
  orderArguments: {
    attribute: {
      type: String,
      description: 'Name of the attribute for the sort field ATTRIBUTE, e.g. `memory`. Only one per order.',
    },
  },
});
