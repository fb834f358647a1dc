import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { changeReleaseRequestList, ChangeReleaseRequestType } from '../../schema/change/change-release-request.type.js';
import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { changeReleaseRequestMachine } from '../../domain/change/change-release-request.machine.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { changeReleaseRequestRead } from '../../reads/change/change-release-request.reads.js';
import { changeRead } from '../../reads/change/change.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { MAX_CANDIDATES, releaseCandidates } from '../../reads/release/release-candidate.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import * as schema from '../../schema/change/change-release-request-command.type.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { changeReleaseRequestFacts } from '../../facts/change/change-release-request.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** The list of requests to join a release, their related objects, and the candidates for a change. */
@Resolver(() => ChangeReleaseRequestType)
export class ChangeReleaseRequestResolver {
  @Authorized()
  @Query(() => changeReleaseRequestList.Connection, {
    description: 'Lists requests to implement a change in a release.',
  })
  changeReleaseRequests(
    @ListArgs(changeReleaseRequestList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(changeReleaseRequestRead, list);
  }

  @Authorized()
  @Query(() => [schema.ReleaseCandidateType], {
    complexity: WORK.search,
    description:
      'Lists the releases that a change can join now, best first, each with a score and the reasons for it. ' +
      'Empty while the change is not authorised, belongs to a release, or has a target that is retired or ' +
      'decommissioned.',
  })
  async changeReleaseCandidates(
    @Arg('changeId', () => ID, { description: 'Change to find a release for.' }) changeId: string,
    @Arg('limit', () => Int, { defaultValue: 10, description: `Maximum number of candidates, 1 to ${MAX_CANDIDATES}.` })
    limit: number,
    @Ctx() { reads }: Context,
  ) {
    if (limit < 1 || limit > MAX_CANDIDATES)
      throw new RequestError('LIMIT_EXCEEDED', `"limit" is 1 to ${MAX_CANDIDATES}.`, {
        field: 'limit',
        max: MAX_CANDIDATES,
      });
    const change = await reads.byId(changeRead, fromNodeId('Change', changeId, 'changeId'));
    if (!change)
      throw new RequestError('NOT_FOUND', 'There is no Change with this id.', { type: 'Change', field: 'changeId' });
    return await releaseCandidates(reads.db, change.id, limit);
  }

  @FieldResolver(() => ChangeType, { description: 'Change to implement.' })
  change(@Root() request: ChangeReleaseRequestType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, request.changeId);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Requested release. Null while a request for any available release is open.',
  })
  release(@Root() request: ChangeReleaseRequestType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, request.releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who submitted the request.' })
  requestedBy(@Root() request: ChangeReleaseRequestType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, request.requestedById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who decided. Null if the request is open or the server ended it.',
  })
  decidedBy(@Root() request: ChangeReleaseRequestType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, request.decidedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() request: ChangeReleaseRequestType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'changeReleaseRequest.facts',
      async (ids, db, actor) => await changeReleaseRequestFacts(db, actor, ids),
      request.id,
    );
    return await presentCommands(reads, changeReleaseRequestMachine, request.state, facts);
  }
}

/** The related objects of a candidate. */
@Resolver(() => schema.ReleaseCandidateType)
export class ReleaseCandidateResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release that could implement the change.' })
  release(@Root() candidate: schema.ReleaseCandidateType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, candidate.releaseId);
  }
}
