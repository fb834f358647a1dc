import { Field, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** The current or past membership of a change in a release. */
@ObjectType('ReleaseChange', {
  implements: NodeType,
  description:
    'Membership of a change in a release. The record is kept when the change leaves, for the history of both.',
  simpleResolvers: true,
})
export class ReleaseChangeType extends NodeType {
  @Field(() => Boolean, {
    description: 'Whether the change currently belongs to the release. A change has at most one live membership.',
  })
  live!: boolean;

  @Field(() => DateTime, { description: 'When the change joined the release.' })
  createdAt!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the change left or the release was cancelled. Null while the membership is live.',
  })
  leftAt!: string | null;

  releaseId!: string;
  changeId!: string;
  addedById!: string;
}

export const ReleaseChangeConnection = connectionType('ReleaseChange', () => ReleaseChangeType);
