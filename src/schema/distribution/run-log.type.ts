import { Field, Int, ObjectType } from 'type-graphql';

/** A part of the log of a tool. */
@ObjectType('RunLog', {
  description:
    'Part of the log that a deployment tool has of a run or of one of its targets. `distributionFollowLog` has the ' +
    'server read it.',
  simpleResolvers: true,
})
export class RunLogType {
  @Field(() => String, {
    description:
      'Text after the given cursor, as the tool wrote it. Secrets and characters that cannot be shown are replaced.',
  })
  text!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor after the text, for `after` here and in `runLogStream`. Null while there is no text.',
  })
  endCursor!: string | null;

  @Field(() => Boolean, { description: 'Whether there is more text after `endCursor` already.' })
  hasMore!: boolean;

  @Field(() => Boolean, { description: 'Whether the log has ended, so that nothing more follows.' })
  complete!: boolean;

  @Field(() => Boolean, { description: 'Whether the end is missing, because the log is longer than 1 MiB.' })
  truncated!: boolean;

  @Field(() => Int, { description: 'Length of the whole log so far, in UTF-16 code units.' })
  length!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Why the last read of the tool failed. Null if it succeeded.',
  })
  error!: string | null;
}

/** One message of the stream of a log. */
@ObjectType('RunLogBatch', {
  description: 'One message of the stream of a log, with the cursor to resume from.',
  simpleResolvers: true,
})
export class RunLogBatchType {
  @Field(() => String, { description: 'New text. Can be empty in the first message.' })
  text!: string;

  @Field(() => String, { description: 'Cursor to resume `after`. Everything up to it is delivered.' })
  endCursor!: string;

  @Field(() => Boolean, { description: 'Whether the log has ended. Then end the subscription.' })
  complete!: boolean;
}
