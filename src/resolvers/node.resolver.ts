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

/** Relay's queries for objects by id. */
@Resolver()
export class NodeResolver {
  @Authorized()
  @Query(() => NodeType, {
    nullable: true,
    description:
      'Fetches an object of any type by its id. Null if it does not exist. You need a role that can read its type.',
  })
  async node(
    @Arg('id', () => ID, { description: 'Id of the object, e.g. `rel_01h455vb4pex5vsknk084sn02q`.' }) id: string,
    @Ctx() { reads }: Context,
  ) {
    return await load(reads, id);
  }

  @Authorized()
  @Query(() => [NodeType], {
    nullable: 'items',
    description:
      `Fetches up to ${MAX_NODES} objects by their ids, in the order of the ids. Null for each that does not ` +
      `exist.`,
  })
  async nodes(
    @Arg('ids', () => [ID], { description: `Ids of the objects, ${MAX_NODES} at most.` }) ids: string[],
    @Ctx() { reads }: Context,
  ) {
    if (ids.length > MAX_NODES)
      throw new RequestError('LIMIT_EXCEEDED', `At most ${MAX_NODES} ids at once.`, { field: 'ids', max: MAX_NODES });
    return await Promise.all(ids.map((id) => load(reads, id)));
  }
}
