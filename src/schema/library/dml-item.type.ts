import { Field, Int, ObjectType } from 'type-graphql';
import { DML_ITEM_KIND_DESCRIPTIONS, DML_ITEM_KINDS, type DmlItemKind } from '../../domain/library/media.js';
import { enumFrom } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, oneOf, text } from '../list.js';

export const DmlItemKindEnum = enumFrom(
  'DmlItemKind',
  DML_ITEM_KINDS,
  'Kind of a DML item, e.g. SOFTWARE or DOCUMENT.',
  DML_ITEM_KIND_DESCRIPTIONS,
);

/** An item of the DML in the API. */
@ObjectType('DmlItem', {
  implements: NodeType,
  description: 'Product whose master copies are in the Definitive Media Library. Its versions hold the media.',
  simpleResolvers: true,
})
export class DmlItemType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. DML-1001.' })
  number!: string;

  @Field(() => String, { description: 'Name of the item. Unique in its repository.' })
  name!: string;

  @Field(() => String, { description: 'Description and purpose of the item.' })
  description!: string;

  @Field(() => DmlItemKindEnum, { description: 'Kind of item, e.g. SOFTWARE or DOCUMENT.' })
  kind!: DmlItemKind;

  @Field(() => String, { description: 'Manufacturer or publisher of the item.' })
  vendor!: string;

  @Field(() => String, { description: 'Licence under which the item is used.' })
  licence!: string;

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

  repositoryId!: string;
  configurationItemId!: string | null;
}

export const DmlItemKindFilter = enumFilter('DmlItemKind', DmlItemKindEnum);

/** Lists of DML items, with their filters and sort fields. */
export const dmlItemList = listType('DmlItem', () => DmlItemType, {
  of: 'DML items',
  filter: {
    number: text('Number of the item, e.g. DML-1001.'),
    name: text('Name of the item.'),
    kind: oneOf(DmlItemKindFilter, 'Kind of item.'),
    vendor: text('Manufacturer or publisher of the item.'),
    licence: text('Licence under which the item is used.'),
    repository: id('DmlRepository', 'Repository that holds the item.'),
    configurationItem: id('ConfigurationItem', 'Configuration item that represents the item in the CMDB.'),
    externalSource: text('System that the item came from.'),
    externalKey: text('Key of the item in the other system.'),
  },
  order: {
    NAME: text('Name of the item.'),
    NUMBER: text('Number of the item, compared as text.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});
