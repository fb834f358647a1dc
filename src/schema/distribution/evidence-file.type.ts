import { Field, Float, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../scalars.js';

/** A file of evidence in the API. */
@ObjectType('EvidenceFile', {
  description:
    'File that shows what was done on a target, e.g. a photograph or a protocol. Upload it with ' +
    '`PUT /media/evidence/<id of the target execution>`, download it with `GET /media/<digest>`.',
  simpleResolvers: true,
})
export class EvidenceFileType {
  @Field(() => String, { nullable: true, description: 'Name of the file. Null if the sender gave none.' })
  fileName!: string | null;

  @Field(() => String, { description: 'Media type that the sender gave, e.g. `image/jpeg`.' })
  mediaType!: string;

  @Field(() => String, { description: 'SHA-256 of the bytes.' })
  digest!: string;

  @Field(() => Float, { description: 'Number of bytes.' })
  size!: number;

  @Field(() => Int, { description: 'Attempt of the target in which the file was added.' })
  attempt!: number;

  @Field(() => DateTime, { description: 'Time at which the file was added.' })
  addedAt!: string;

  addedById!: string;
}
