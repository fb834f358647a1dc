import { Field, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A communication in the API; also the shape of the row that the read model selects. */
@ObjectType('Communication', {
  implements: NodeType,
  description: 'Message about a release to its stakeholders, kept as a record.',
  simpleResolvers: true,
})
export class CommunicationType extends NodeType {
  @Field(() => String, { description: 'People or groups informed, e.g. "payroll users, service desk".' })
  audience!: string;

  @Field(() => String, { description: 'Text of the message.' })
  message!: string;

  @Field(() => DateTime, { description: 'When the communication was recorded.' })
  createdAt!: string;

  releaseId!: string;
  sentById!: string;
}

export const CommunicationConnection = connectionType('Communication', () => CommunicationType);
