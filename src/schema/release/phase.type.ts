import { Field, Int, ObjectType } from 'type-graphql';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { ReleaseStateEnum } from './release.type.js';
import { DateTime } from '../scalars.js';

/** A phase in the API; also the shape of the row that the read model selects. */
@ObjectType('Phase', {
  implements: NodeType,
  description:
    'Group of tasks in a release plan. Its tasks can start when the release reaches ' +
    '`releaseState`, and must be done before the release leaves that state.',
  simpleResolvers: true,
})
export class PhaseType extends NodeType {
  @Field(() => String, { description: 'Name of the phase, e.g. "Integration tests".' })
  name!: string;

  @Field(() => ReleaseStateEnum, { description: 'Release state in which the tasks of the phase are done.' })
  releaseState!: ReleaseState;

  @Field(() => Int, { description: 'Position among the phases of the release, starting at 0.' })
  position!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Key of the phase in the template. Null if it was added to this release.',
  })
  templateKey!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the phase was added to the plan.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the phase last changed.' })
  updatedAt!: string;

  releaseId!: string;
}

export const PhaseConnection = connectionType('Phase', () => PhaseType);
