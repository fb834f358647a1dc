import { Field, ObjectType } from 'type-graphql';
import { MEDIA_PROBLEM_DESCRIPTIONS, MEDIA_PROBLEMS, type MediaProblem } from '../../domain/library/media.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, SafeInt } from '../scalars.js';
import { custom, instant, int, listType, oneOf, text } from '../list.js';

export const MediaProblemEnum = enumFrom(
  'MediaProblem',
  MEDIA_PROBLEMS,
  'What a check found wrong with stored media.',
  MEDIA_PROBLEM_DESCRIPTIONS,
);

/** Stored bytes as the API shows them. */
@ObjectType('MediaBlob', {
  implements: NodeType,
  description: 'Bytes in the media store, kept under their own SHA-256. Media versions with the same bytes share one.',
  simpleResolvers: true,
})
export class MediaBlobType extends NodeType {
  @Field(() => String, {
    description: 'SHA-256 of the bytes, 64 lower-case hexadecimal digits, computed by the server.',
  })
  digest!: string;

  @Field(() => SafeInt, { description: 'Number of bytes.' })
  size!: number;

  @Field(() => String, {
    description:
      'Path on this server at which `GET` answers the bytes, also in ranges; it takes the same bearer token as the API.',
  })
  url!: string;

  @Field(() => DateTime, { description: 'When the bytes first came into the store.' })
  createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the stored bytes were last found to have this digest.' })
  verifiedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When a look at the stored bytes was last begun. Every blob is looked at about once a day.',
  })
  checkedAt!: string | null;

  @Field(() => MediaProblemEnum, {
    nullable: true,
    description: 'What the last look found wrong; null when the bytes were right.',
  })
  problem!: MediaProblem | null;
}

export const MediaProblemFilter = enumFilter('MediaProblem', MediaProblemEnum);

/** Lists of stored media: what they can be filtered and ordered by. */
export const mediaBlobList = listType('MediaBlob', () => MediaBlobType, {
  of: 'stored media',
  filter: {
    digest: text('By digest.'),
    problem: oneOf(MediaProblemFilter, 'By what is wrong with the bytes.'),
    damaged: custom(Boolean, 'True: something is wrong with the bytes. False: nothing is known to be wrong.'),
    verifiedAt: instant('By when the bytes were last found right.'),
  },
  order: { SIZE: int('Number of bytes.'), DIGEST: text('Digest, as text.') },
});
