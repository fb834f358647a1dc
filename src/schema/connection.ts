import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { DEFAULT_PAGE, MAX_PAGE, type PageInput } from '../domain/list.js';

/** Relay's page info. */
@ObjectType('PageInfo', { description: 'Position of a page in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether the list has items after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the list has items before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first item, for `before`. Null if the page is empty.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last item, for `after`. Null if the page is empty.',
  })
  endCursor!: string | null;
}

/** The four arguments of every list. */
@ArgsType()
export class PageArgs implements PageInput {
  @Field(() => Int, {
    nullable: true,
    description: `Page size from the start, ${MAX_PAGE} at most. Default ${DEFAULT_PAGE}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Start after this cursor: `endCursor` of the previous page.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `Page size from the end, ${MAX_PAGE} at most. Excludes \`first\`.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'End before this cursor: `startCursor` of the next page.' })
  before?: string | null;
}

/** A connection class, as {@link connectionType} creates it. */
export interface ConnectionClass {
  new (): object;
}

/**
 * Creates the connection and edge types of a list. `edges`, `nodes` and `pageInfo` come from the page. `totalCount`
 * costs a statement and is counted only when requested (build-schema adds its resolver).
 * @param name GraphQL name of the node type.
 */
export function connectionType(name: string, node: () => ClassType | Function): ConnectionClass {
  @ObjectType(`${name}Edge`, {
    description: `${/^[AEIOU]/.test(name) ? 'An' : 'A'} ${name} in a list, with its cursor.`,
    simpleResolvers: true,
  })
  class Edge {
    @Field(() => String, { description: 'Position of the item in the list, for `after` and `before`.' })
    cursor!: string;

    @Field(() => node() as ClassType, { description: 'Item at the end of the edge.' })
    node!: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name} objects.`, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: 'Items of the page, with their cursors.' })
    edges!: Edge[];

    @Field(() => [node() as ClassType], { description: 'Items of the page, without cursors.' })
    nodes!: object[];

    @Field(() => PageInfo, { description: 'Position of the page in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'Number of items in the whole list. Counted only when requested.' })
    totalCount!: number;
  }
  return Connection;
}
