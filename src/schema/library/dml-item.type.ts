import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { DML_ITEM_KIND_DESCRIPTIONS, DML_ITEM_KINDS, type DmlItemKind } from '../../domain/library/media.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { Combinable, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

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

export const DmlItemConnection = connectionType('DmlItem', () => DmlItemType);

export const DmlItemKindFilter = enumFilter('DmlItemKind', DmlItemKindEnum);

/** What lists of DML items can be narrowed by. */
@Combinable()
@InputType('DmlItemFilter', { description: 'Narrows a list of DML items. All that is given must hold.' })
export class DmlItemFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => DmlItemKindFilter, { nullable: true, description: 'By what it is made of.' })
  kind?: InstanceType<typeof DmlItemKindFilter>;
  @Field(() => StringFilter, { nullable: true, description: 'By vendor.' })
  vendor?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By licence.' })
  licence?: StringFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By repository.' })
  repository?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the configuration item that stands for it in the CMDB.' })
  configurationItem?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the system it came from.' })
  externalSource?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By its key in that system.' })
  externalKey?: StringFilter;
}

export const DmlItemOrderField = enumFrom(
  'DmlItemOrderField',
  ['ID', 'NAME', 'NUMBER', 'UPDATED_AT'],
  'What DML items can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    NUMBER: 'Number, as text.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of DML items. */
@InputType('DmlItemOrder', { description: 'One term of an order of DML items.' })
export class DmlItemOrder implements OrderTerm {
  @Field(() => DmlItemOrderField, { description: 'By what.' })
  field!: keyof typeof DmlItemOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
