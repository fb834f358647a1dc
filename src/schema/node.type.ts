import { Field, ID, InterfaceType } from 'type-graphql';

/** Relay's Node: an object that can be fetched again by its id. */
@InterfaceType('Node', {
  description: 'Object with a globally unique id. The `node` query fetches it by that id.',
  resolveType: (value: { __typename?: string }) => value.__typename,
})
export abstract class NodeType {
  @Field(() => ID, {
    simple: true,
    description: 'Globally unique, opaque id. The prefix shows the type: `rel_…`.',
  })
  id!: string;
}
