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
  'Problem that a check found with stored media.',
  MEDIA_PROBLEM_DESCRIPTIONS,
);

/** Stored bytes in the API. */
@ObjectType('MediaBlob', {
  implements: NodeType,
  description:
    'Bytes in the media store, stored under their SHA-256. Media versions with the same bytes share one object.',
  simpleResolvers: true,
})
export class MediaBlobType extends NodeType {
  @Field(() => String, {
    description: 'SHA-256 of the bytes, computed by the server, as 64 lower-case hexadecimal digits.',
  })
  digest!: string;

  @Field(() => SafeInt, { description: 'Size in bytes.' })
  size!: number;

  @Field(() => String, {
    description:
      'Path on this server for `GET` of the bytes. It supports ranges and needs the same bearer token as the API.',
  })
  url!: string;

  @Field(() => DateTime, { description: 'Time at which the bytes were first stored.' })
  createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'Time of the last check that found the stored bytes intact.' })
  verifiedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Start of the last check of the stored bytes. Each blob is checked about once a day.',
  })
  checkedAt!: string | null;

  @Field(() => MediaProblemEnum, {
    nullable: true,
    description: 'Problem that the last check found. Null if the bytes were intact.',
  })
  problem!: MediaProblem | null;
}

export const MediaProblemFilter = enumFilter('MediaProblem', MediaProblemEnum);

/** Lists of stored media, with their filters and sort fields. */
export const mediaBlobList = listType('MediaBlob', () => MediaBlobType, {
  of: 'stored media',
  filter: {
    digest: text('SHA-256 of the bytes.'),
    problem: oneOf(MediaProblemFilter, 'Problem that the last check found.'),
    damaged: custom(Boolean, 'True: the last check found a problem. False: no problem is known.'),
    verifiedAt: instant('Time of the last check that found the bytes intact.'),
  },
  order: { SIZE: int('Size in bytes.'), DIGEST: text('SHA-256 of the bytes, compared as text.') },
});
