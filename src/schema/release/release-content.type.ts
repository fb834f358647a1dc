import { Field, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A version of a DML item in the package of a release. */
@ObjectType('ReleaseContent', {
  implements: NodeType,
  description: 'Version of a Definitive Media Library (DML) item in the package of a release.',
  simpleResolvers: true,
})
export class ReleaseContentType extends NodeType {
  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 digest of the media, frozen at acceptance. Null until then.',
  })
  baselineDigest!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the digest was frozen. Null until the release is accepted.',
  })
  baselinedAt!: string | null;

  @Field(() => DateTime, { description: 'When the version was added to the package.' })
  createdAt!: string;

  releaseId!: string;
  dmlItemVersionId!: string;
  addedById!: string;
}

export const ReleaseContentConnection = connectionType('ReleaseContent', () => ReleaseContentType);
