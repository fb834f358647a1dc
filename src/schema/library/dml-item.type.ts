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
  'What a DML item is made of.',
  DML_ITEM_KIND_DESCRIPTIONS,
);

/** An item of the DML as the API shows it. */
@ObjectType('DmlItem', {
  implements: NodeType,
  description: 'A product whose master copies the Definitive Media Library holds. Its versions carry the media.',
  simpleResolvers: true,
})
export class DmlItemType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. DML-1001.' })
  number!: string;

  @Field(() => String, { description: 'Name, unique in its repository.' })
  name!: string;

  @Field(() => String, { description: 'What it is and what it is for.' })
  description!: string;

  @Field(() => DmlItemKindEnum, { description: 'What it is made of.' })
  kind!: DmlItemKind;

  @Field(() => String, { description: 'Who makes it.' })
  vendor!: string;

  @Field(() => String, { description: 'Licence under which it is used.' })
  licence!: string;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  @Field(() => ExternalRef, { nullable: true, description: 'Its name in the system it came from.' })
  externalRef!: ExternalRef | null;

  repositoryId!: string;
  configurationItemId!: string | null;
}

export const DmlItemKindFilter = enumFilter('DmlItemKind', DmlItemKindEnum);

/** Lists of DML items: what they can be filtered and ordered by. */
export const dmlItemList = listType('DmlItem', () => DmlItemType, {
  of: 'DML items',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    kind: oneOf(DmlItemKindFilter, 'By what it is made of.'),
    vendor: text('By vendor.'),
    licence: text('By licence.'),
    repository: id('DmlRepository', 'By repository.'),
    configurationItem: id('ConfigurationItem', 'By the configuration item that stands for it in the CMDB.'),
    externalSource: text('By the system it came from.'),
    externalKey: text('By its key in that system.'),
  },
  order: { NAME: text('Name.'), NUMBER: text('Number, as text.'), UPDATED_AT: instant('Time of the last change.') },
});
