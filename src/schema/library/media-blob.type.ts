import { Field, InputType, ObjectType } from 'type-graphql';
import { MEDIA_PROBLEM_DESCRIPTIONS, MEDIA_PROBLEMS, type MediaProblem } from '../../domain/library/media.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, SafeInt } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

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

export const MediaBlobConnection = connectionType('MediaBlob', () => MediaBlobType);

export const MediaProblemFilter = enumFilter('MediaProblem', MediaProblemEnum);

/** What lists of stored media can be narrowed by. */
@Combinable()
@InputType('MediaBlobFilter', { description: 'Narrows a list of stored media. All that is given must hold.' })
export class MediaBlobFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By digest.' })
  digest?: StringFilter;
  @Field(() => MediaProblemFilter, { nullable: true, description: 'By what is wrong with the bytes.' })
  problem?: InstanceType<typeof MediaProblemFilter>;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True: something is wrong with the bytes. False: nothing is known to be wrong.',
  })
  damaged?: boolean;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By when the bytes were last found right.' })
  verifiedAt?: DateTimeFilter;
}

export const MediaBlobOrderField = enumFrom(
  'MediaBlobOrderField',
  ['ID', 'SIZE', 'DIGEST'],
  'What stored media can be ordered by.',
  {
    ID: 'Age of the record.',
    SIZE: 'Number of bytes.',
    DIGEST: 'Digest, as text.',
  },
);

/** One term of an order of stored media. */
@InputType('MediaBlobOrder', { description: 'One term of an order of stored media.' })
export class MediaBlobOrder implements OrderTerm {
  @Field(() => MediaBlobOrderField, { description: 'By what.' })
  field!: keyof typeof MediaBlobOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
