import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { MAX_PAGE } from '../../domain/list.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { MAX_CONFLICTS_DAYS, spanOf } from '../../facts/schedule/schedule-window.facts.js';
import { changeRead } from '../../reads/change/change.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { outagePage } from '../../reads/schedule/service-outage.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { DateTime } from '../../schema/scalars.js';
import { ServiceOutageConnection, ServiceOutageType } from '../../schema/schedule/service-outage.type.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The Projected Service Outage. */
@Resolver(() => ServiceOutageType)
export class ServiceOutageResolver {
  @Authorized()
  @Query(() => ServiceOutageConnection, {
    complexity: WORK.search,
    description:
      'Lists the Projected Service Outage, sorted by start: which business services are expected to be down or ' +
      'degraded, when, and because of which accepted release or authorised change. A service is affected by work on ' +
      'anything that it depends on.',
  })
  async projectedServiceOutage(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('from', () => DateTime, { description: 'Start of the period.' }) from: string,
    @Arg('to', () => DateTime, { description: `End of the period, at most ${MAX_CONFLICTS_DAYS} days later.` })
    to: string,
    @Arg('services', () => [ID], {
      nullable: true,
      description: `Ids of services, at most ${MAX_PAGE}. Default: all services.`,
    })
    services: string[] | null | undefined,
    @Ctx() { reads }: Context,
  ) {
    if (services != null && services.length > MAX_PAGE)
      throw new RequestError('LIMIT_EXCEEDED', `"services" has at most ${MAX_PAGE} ids.`, {
        field: 'services',
        max: MAX_PAGE,
      });
    const serviceIds = services?.map((id) => fromNodeId('ConfigurationItem', id, 'services')) ?? null;
    return await outagePage(reads.db, { span: spanOf(from, to, MAX_CONFLICTS_DAYS), serviceIds }, page);
  }

  @FieldResolver(() => ConfigurationItemType, { nullable: true, description: 'The service.' })
  service(@Root() { serviceId }: ServiceOutageType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, serviceId);
  }

  @FieldResolver(() => [ConfigurationItemType], {
    complexity: WORK.path,
    description: 'Path from a target of the work to the service, both included.',
  })
  path(@Root() { path }: ServiceOutageType, @Ctx() { reads }: Context) {
    return reads.byIds(configurationItemRead, path);
  }

  @FieldResolver(() => ReleaseType, { nullable: true, description: 'Release that causes it. Null for a change.' })
  release(@Root() { releaseId }: ServiceOutageType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => ChangeType, {
    nullable: true,
    description: 'Change that causes it by itself. Null if it takes place with its release.',
  })
  change(@Root() { changeId }: ServiceOutageType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, changeId);
  }
}
