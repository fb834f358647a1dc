import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
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

/** Input of `communicationRecord`. */
@InputType('CommunicationRecordInput', { description: 'What stakeholders were told about a release.' })
export class CommunicationRecordInput {
  @Field(() => ID, { description: 'The release.' })
  releaseId!: string;
  @Field(() => String, { description: 'Who was told, e.g. "payroll users, service desk". 1 to 500 characters.' })
  audience!: string;
  @Field(() => String, { description: 'What they were told.' })
  message!: string;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

export const CommunicationRecordPayload = payloadType('communicationRecord', 'communication', () => CommunicationType);
