import { Field, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A tested media version in the API; also the shape of the row that the read model selects. */
@ObjectType('TestedContent', {
  implements: NodeType,
  description:
    'Media version that a test was made on, with the digest of its bytes then. The evidence of the test ' +
    'counts as long as the package of the release consists of exactly these bytes.',
  simpleResolvers: true,
})
export class TestedContentType extends NodeType {
  @Field(() => String, { description: 'SHA-256 digest of the bytes when the test was completed.' })
  digest!: string;

  @Field(() => DateTime, { description: 'When the test was completed.' })
  createdAt!: string;

  taskId!: string;
  dmlItemVersionId!: string;
}

export const TestedContentConnection = connectionType('TestedContent', () => TestedContentType);
