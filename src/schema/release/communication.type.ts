import { Field, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A communication as the API shows it, and the row it is read as. */
@ObjectType('Communication', {
  implements: NodeType,
  description: 'What stakeholders were told about a release.',
  simpleResolvers: true,
})
export class CommunicationType extends NodeType {
  @Field(() => String, { description: 'Who was told.' })
  audience!: string;

  @Field(() => String, { description: 'What they were told.' })
  message!: string;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  createdAt!: string;

  releaseId!: string;
  sentById!: string;
}

export const CommunicationConnection = connectionType('Communication', () => CommunicationType);
