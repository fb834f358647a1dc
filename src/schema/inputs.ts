import { Field, ID, InputType, Int } from 'type-graphql';

/**
 * Creates the input type of a command that needs only the object.
 * @param mutation name of the mutation; the type is `<Mutation>Input`.
 * @param noun name of the object in the description, e.g. `distribution`.
 */
export function commandInput(mutation: string, noun: string): new () => CommandOnly {
  @InputType(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`, {
    description: `Input of \`${mutation}\`.`,
  })
  class Input implements CommandOnly {
    @Field(() => ID, { description: `Id of the ${noun}.` })
    id!: string;

    @Field(() => Int, {
      nullable: true,
      description: 'Version you last read. If given, a stale one fails with CONFLICT.',
    })
    expectedVersion?: number | null;

    @Field(() => String, { nullable: true, description: 'Reason for the command. Recorded in the event.' })
    reason?: string | null;

    @Field(() => String, {
      nullable: true,
      description: 'Makes retries safe. The first result is kept for at least 24 hours.',
    })
    idempotencyKey?: string | null;
  }
  return Input;
}

/** Value of an input that {@link commandInput} creates. */
export interface CommandOnly {
  id: string;
  expectedVersion?: number | null;
  reason?: string | null;
  idempotencyKey?: string | null;
}
