import { Field, InputType, ObjectType } from 'type-graphql';

/** The name of an object in another system. */
@ObjectType('ExternalRef', { description: 'The name of an object in another system.', simpleResolvers: true })
export class ExternalRef {
  @Field(() => String, { description: 'The other system, e.g. `servicenow`.' })
  source!: string;

  @Field(() => String, { description: 'The key there, e.g. `CHG0030192`.' })
  key!: string;
}

/** The same as input. */
@InputType('ExternalRefInput', { description: 'The name of an object in another system. Unique per kind of object.' })
export class ExternalRefInput {
  @Field(() => String, { description: 'The other system, e.g. `servicenow`. 1 to 100 characters.' })
  source!: string;

  @Field(() => String, { description: 'The key there, e.g. `CHG0030192`. 1 to 200 characters.' })
  key!: string;
}
