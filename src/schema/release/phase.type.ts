import { Field, Int, ObjectType } from 'type-graphql';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { ReleaseStateEnum } from './release.type.js';
import { DateTime } from '../scalars.js';

/** A phase as the API shows it, and the row it is read as. */
@ObjectType('Phase', {
  implements: NodeType,
  description:
    'A group of tasks of a release plan. Its tasks begin when the release reaches the state it belongs to, and must be done before the release leaves it.',
  simpleResolvers: true,
})
export class PhaseType extends NodeType {
  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => ReleaseStateEnum, { description: 'The state of the release that it belongs to.' })
  releaseState!: ReleaseState;

  @Field(() => Int, { description: 'Its place among the phases of the release, from 0.' })
  position!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Its key in the template; null when somebody added it to this release.',
  })
  templateKey!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was added to the plan.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  releaseId!: string;
}

export const PhaseConnection = connectionType('Phase', () => PhaseType);
