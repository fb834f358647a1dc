import { Field, ID, InterfaceType } from 'type-graphql';

/** Relay's Node: everything that can be fetched again by its id. */
@InterfaceType('Node', {
  description: 'An object with a globally unique id, by which `node` fetches it again.',
  resolveType: (value: { __typename?: string }) => value.__typename,
})
export abstract class NodeType {
  @Field(() => ID, {
    simple: true,
    description: 'Globally unique id. Opaque, but its prefix tells the type, as in `rel_01h455vb4pex5vsknk084sn02q`.',
  })
  id!: string;
}
