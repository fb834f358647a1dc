import { Field, Int, ObjectType } from 'type-graphql';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, text } from '../list.js';

/** A repository of the DML in the API. */
@ObjectType('DmlRepository', {
  implements: NodeType,
  description:
    'Repository of the Definitive Media Library. One with a deployment tool serves automated distribution; one ' +
    'without is a storeroom for manual distribution.',
  simpleResolvers: true,
})
export class DmlRepositoryType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. DMR-1001.' })
  number!: string;

  @Field(() => String, { description: 'Name of the repository. Unique among repositories.' })
  name!: string;

  @Field(() => String, { description: 'Content and purpose of the repository.' })
  description!: string;

  @Field(() => String, { description: 'Location of the repository, e.g. an address, a room or a safe.' })
  location!: string;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  deploymentToolId!: string | null;
}

/** Lists of DML repositories, with their filters and sort fields. */
export const dmlRepositoryList = listType('DmlRepository', () => DmlRepositoryType, {
  of: 'DML repositories',
  filter: {
    number: text('Number of the repository, e.g. DMR-1001.'),
    name: text('Name of the repository.'),
    location: text('Location of the repository.'),
    deploymentTool: id('DeploymentTool', 'Deployment tool that distributes from the repository.'),
  },
  order: { NAME: text('Name of the repository.'), UPDATED_AT: instant('Time of the last change.') },
});
