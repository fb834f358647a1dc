import { Field, InputType, ObjectType } from 'type-graphql';

/** A reference to the same object in another system. */
@ObjectType('ExternalRef', {
  description: 'Reference to the same object in another system, e.g. a ticket in a service desk.',
  simpleResolvers: true,
})
export class ExternalRef {
  @Field(() => String, { description: 'Name of the other system, e.g. `servicenow`.' })
  source!: string;

  @Field(() => String, { description: 'Key of the object in that system, e.g. `CHG0030192`.' })
  key!: string;
}

/** {@link ExternalRef} as input. */
@InputType('ExternalRefInput', {
  description: 'Reference to the same object in another system. Unique among objects of one type.',
})
export class ExternalRefInput {
  @Field(() => String, { description: 'Name of the other system, e.g. `servicenow`. 1 to 100 characters.' })
  source!: string;

  @Field(() => String, {
    description: 'Key of the object in the other system, e.g. `CHG0030192`. 1 to 200 characters.',
  })
  key!: string;
}
