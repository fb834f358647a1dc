import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { DEFAULT_PAGE, MAX_PAGE, type PageInput } from '../domain/list.js';

/** Relay's page info. */
@ObjectType('PageInfo', { description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are more items after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there are more items before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first item, for `before`. Null on an empty page.',
  })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item, for `after`. Null on an empty page.' })
  endCursor!: string | null;
}

/** The four arguments of every list. */
@ArgsType()
export class PageArgs implements PageInput {
  @Field(() => Int, {
    nullable: true,
    description: `Number of items from the start of the list, or after \`after\`. Default ${DEFAULT_PAGE}, at most ${MAX_PAGE}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the item after which the page starts.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `Number of items from the end of the list, or before \`before\`. At most ${MAX_PAGE}.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the item before which the page ends.' })
  before?: string | null;
}

/** The class of a connection, as {@link connectionType} makes it. */
export interface ConnectionClass {
  new (): object;
}

/**
 * The connection and edge types of a list. `edges`, `nodes` and `pageInfo` are read off the page; `totalCount` costs a statement and
 * is only counted when asked for (build-schema gives it its resolver).
 * @param name GraphQL name of the node type.
 */
export function connectionType(name: string, node: () => ClassType | Function): ConnectionClass {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a list, with its cursor.`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Where this item stands in the list, for `after` and `before`.' })
    cursor!: string;

    @Field(() => node() as ClassType, { description: `The ${name}.` })
    node!: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.`, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: 'The items with their cursors.' })
    edges!: Edge[];

    @Field(() => [node() as ClassType], { description: 'The items alone.' })
    nodes!: object[];

    @Field(() => PageInfo, { description: 'Where this page stands in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'Size of the whole list. Counted only when asked for.' })
    totalCount!: number;
  }
  return Connection;
}
