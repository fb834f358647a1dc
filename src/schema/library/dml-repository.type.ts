import { Field, Int, ObjectType } from 'type-graphql';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, text } from '../list.js';

/** A repository of the DML as the API shows it. */
@ObjectType('DmlRepository', {
  implements: NodeType,
  description:
    'One repository of the Definitive Media Library. With a deployment tool it feeds automated distribution; ' +
    'without one it is a storeroom for manual distribution.',
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

/** Lists of DML repositories: what they can be filtered and ordered by. */
export const dmlRepositoryList = listType('DmlRepository', () => DmlRepositoryType, {
  of: 'DML repositories',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    location: text('By location.'),
    deploymentTool: id('DeploymentTool', 'By the deployment tool it feeds.'),
  },
  order: { NAME: text('Name.'), UPDATED_AT: instant('Time of the last change.') },
});
