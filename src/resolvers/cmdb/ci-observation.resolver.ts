import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { toNodeId } from '../../domain/node-id.js';
import { ciObservationRead, observationsOfCi } from '../../reads/cmdb/ci-observation.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { ciObservationList, CiObservationType } from '../../schema/cmdb/ci-observation.type.js';
import {
  CiObservationResultType,
  CiObservationsRecordInput,
  CiObservationsRecordPayload,
} from '../../schema/cmdb/ci-observations-record.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ciObservationsRecord } from '../../services/cmdb/ci-observation.service.js';
import { onceFor } from '../../services/command.js';
import { transact } from '../../services/unit-of-work.js';
import { signedIn } from '../authorise.js';
import type { Context } from '../context.js';

/** What sources observe, and what they refer to. */
@Resolver(() => CiObservationType)
export class CiObservationResolver {
  @Authorized()
  @Query(() => ciObservationList.Connection, { description: 'Lists the latest that each source says of each item.' })
  ciObservations(@ListArgs(ciObservationList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(ciObservationRead, list);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item that was observed.' })
  ci(@Root() observation: CiObservationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, observation.ciId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Service account or person who reported it. Null if the server did.',
  })
  observedBy(@Root() observation: CiObservationType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, observation.observedById);
  }
}

/** Observations of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemObservationsResolver {
  @FieldResolver(() => ciObservationList.Connection, { description: 'The latest that each source says of the item.' })
  observations(
    @Root() ci: ConfigurationItemType,
    @ListArgs(ciObservationList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(observationsOfCi, ci.id, list);
  }
}

/** The report of observations. */
@Resolver(() => CiObservationResultType)
export class CiObservationsRecordResolver {
  @FieldResolver(() => ID, {
    nullable: true,
    description: 'Id of the configuration item that it is about. Null if it is not clear which one that is.',
  })
  configurationItemId(@Root() result: CiObservationResultType) {
    return result.ciId === null ? null : toNodeId('ConfigurationItem', result.ciId);
  }

  @FieldResolver(() => [ID], {
    description: 'Ids of the configuration items that fit, if the code is AMBIGUOUS: at most 50. Empty otherwise.',
  })
  candidates(@Root() { candidateIds }: CiObservationResultType) {
    return (candidateIds ?? []).map((id) => toNodeId('ConfigurationItem', id));
  }

  @Authorized('DISCOVERY', 'CONFIGURATION_MANAGER')
  @Mutation(() => CiObservationsRecordPayload, {
    description:
      'Records what a source observes of configuration items, with one result per observation. Records stay as they ' +
      'are: what differs becomes drift. Things that nobody has recorded are registered as DISCOVERED.',
  })
  async ciObservationsRecord(
    @Arg('input', () => CiObservationsRecordInput, { description: 'Source and observations.' })
    input: CiObservationsRecordInput,
    @Ctx() context: Context,
  ) {
    const origin = { actor: signedIn(context), requestId: context.requestId };
    const { result, replayed } = await transact(
      context.services,
      origin,
      async (uow) =>
        await onceFor(uow, 'ciObservationsRecord', input, async (inner) => await ciObservationsRecord(inner, input)),
    );
    context.reads.clear();
    return { ...result, userErrors: [], replayed, query: {} };
  }
}
