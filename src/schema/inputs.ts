import { Field, ID, InputType, Int } from 'type-graphql';

/**
 * The input of commands that need nothing but the object.
 * @param mutation name of the mutation; the type is `<Mutation>Input`.
 * @param noun what the id is of, for the description.
 */
export function commandInput(mutation: string, noun: string): new () => CommandOnly {
  @InputType(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`, {
    description: `Input of \`${mutation}\`.`,
  })
  class Input implements CommandOnly {
    @Field(() => ID, { description: `The ${noun}.` })
    id!: string;

    @Field(() => Int, {
      nullable: true,
      description: 'The version that was read; when given, another one is refused with CONFLICT.',
    })
    expectedVersion?: number | null;

    @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
    reason?: string | null;

    @Field(() => String, {
      nullable: true,
      description:
        'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
    })
    idempotencyKey?: string | null;
  }
  return Input;
}

/** What {@link commandInput} makes. */
export interface CommandOnly {
  id: string;
  expectedVersion?: number | null;
  reason?: string | null;
  idempotencyKey?: string | null;
}
