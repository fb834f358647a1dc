import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import { RequestError } from '../domain/errors.js';
import { parseNodeId } from '../domain/node-id.js';
import { readModels } from '../reads/models.js';
import type { Reads } from '../reads/reads.js';
import { NodeType } from '../schema/node.type.js';
import type { Context } from './context.js';

/** Maximum number of ids that `nodes` takes. */
const MAX_NODES = 200;

async function load(reads: Reads, id: string): Promise<object | null> {
  const parsed = parseNodeId(id);
  const model = parsed && readModels[parsed.type];
  if (!parsed || !model)
    throw new RequestError('BAD_USER_INPUT', `"${id.slice(0, 80)}" is not an id of this server.`, { field: 'id' });
  return await reads.node(model, parsed.uuid);
}

/** Relay's ways to fetch any object by its id. */
@Resolver()
export class NodeResolver {
  @Authorized()
  @Query(() => NodeType, {
    nullable: true,
    description:
      'Any object by its id; null when there is none. The same rules decide who may see it as everywhere else.',
  })
  async node(@Arg('id', () => ID, { description: 'The id.' }) id: string, @Ctx() { reads }: Context) {
    return await load(reads, id);
  }

  @Authorized()
  @Query(() => [NodeType], {
    nullable: 'items',
    description: `Up to ${MAX_NODES} objects by their ids, in the order of the ids; null for each that does not exist.`,
  })
  async nodes(@Arg('ids', () => [ID], { description: 'The ids.' }) ids: string[], @Ctx() { reads }: Context) {
    if (ids.length > MAX_NODES)
      throw new RequestError('LIMIT_EXCEEDED', `At most ${MAX_NODES} ids at once.`, { field: 'ids', max: MAX_NODES });
    return await Promise.all(ids.map((id) => load(reads, id)));
  }
}
