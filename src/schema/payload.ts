import { type ClassType, Field, ObjectType } from 'type-graphql';
import { QueryType } from './query.type.js';
import { UserErrorType } from './user-error.type.js';

/** The class of a payload, as {@link payloadType} makes it. */
export interface PayloadClass {
  new (): object;
}

/**
 * The payload of a mutation: the changed object, what rules refused, whether it is a replay, and the way on.
 * @param mutation name of the mutation, e.g. `releaseAccept`; the type is `ReleaseAcceptPayload`.
 * @param field name of the field that holds the object, e.g. `release`.
 */
export function payloadType(mutation: string, field: string, node: () => ClassType | Function): PayloadClass {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;

  @ObjectType(name, { description: `What \`${mutation}\` answers.`, simpleResolvers: true })
  class Payload {
    @Field(() => [UserErrorType], {
      description: 'Every rule that refused the command, all at once. When it is not empty nothing was written.',
    })
    userErrors!: UserErrorType[];

    @Field(() => Boolean, {
      description: 'True when this is the stored result of an earlier call with the same idempotency key.',
    })
    replayed!: boolean;

    @Field(() => QueryType, { description: 'The query root, to fetch whatever else the change affected.' })
    query!: object;
  }
  Field(() => node() as ClassType, {
    nullable: true,
    description: 'The object as it is after the command. Null when the command was refused.',
  })(Payload.prototype, field);
  return Payload;
}
