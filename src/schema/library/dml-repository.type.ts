import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

/** A repository of the DML as the API shows it. */
@ObjectType('DmlRepository', {
  implements: NodeType,
  description:
    'One repository of the Definitive Media Library. With a deployment tool it feeds automated distribution; without one it is a storeroom for manual distribution.',
  simpleResolvers: true,
})
export class DmlRepositoryType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. DMR-1001.' })
  number!: string;

  @Field(() => String, { description: 'Name, unique among the repositories.' })
  name!: string;

  @Field(() => String, { description: 'What it holds and for whom.' })
  description!: string;

  @Field(() => String, { description: 'Where it is: an address, a room, a safe.' })
  location!: string;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  deploymentToolId!: string | null;
}

export const DmlRepositoryConnection = connectionType('DmlRepository', () => DmlRepositoryType);

/** What lists of repositories can be narrowed by. */
@Combinable()
@InputType('DmlRepositoryFilter', { description: 'Narrows a list of DML repositories. All that is given must hold.' })
export class DmlRepositoryFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By location.' })
  location?: StringFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the deployment tool it feeds.' })
  deploymentTool?: IdFilter;
}

export const DmlRepositoryOrderField = enumFrom(
  'DmlRepositoryOrderField',
  ['ID', 'NAME', 'UPDATED_AT'],
  'What DML repositories can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of repositories. */
@InputType('DmlRepositoryOrder', { description: 'One term of an order of DML repositories.' })
export class DmlRepositoryOrder implements OrderTerm {
  @Field(() => DmlRepositoryOrderField, { description: 'By what.' })
  field!: keyof typeof DmlRepositoryOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
