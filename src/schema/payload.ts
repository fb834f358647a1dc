import { type ClassType, Field, ObjectType } from 'type-graphql';
import { QueryType } from './query.type.js';
import { UserErrorType } from './user-error.type.js';

/** A payload class, as {@link payloadType} creates it. */
export interface PayloadClass {
  new (): object;
}

/**
 * Creates the payload type of a mutation: the changed object, the rules that refused, whether it is a replay, and the
 * query root.
 * @param mutation name of the mutation, e.g. `releaseAccept`; the type is `ReleaseAcceptPayload`.
 * @param field name of the field that holds the object, e.g. `release`.
 */
export function payloadType(mutation: string, field: string, node: () => ClassType | Function): PayloadClass {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;

  @ObjectType(name, { description: `Result of \`${mutation}\`.`, simpleResolvers: true })
  class Payload {
    @Field(() => [UserErrorType], {
      description: 'Rules that refused the command. If not empty, nothing was written.',
    })
    userErrors!: UserErrorType[];

    @Field(() => Boolean, {
      description: 'Whether this is the stored result of an earlier call with this key.',
    })
    replayed!: boolean;

    @Field(() => QueryType, { description: 'Query root, to fetch other objects that the command affected.' })
    query!: object;
  }
  Field(() => node() as ClassType, {
    nullable: true,
    description: 'Object after the command. Null if the command was refused.',
  })(Payload.prototype, field);
  return Payload;
}
