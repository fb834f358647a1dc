import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { taskList } from '../../schema/release/task.type.js';
import { ItupStatusEnum, releaseList, ReleaseType } from '../../schema/release/release.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { releaseMachine } from '../../domain/release/release.machine.js';
import { itupStatus, type ItupStatus } from '../../domain/release/release.state.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releasePlans } from '../../reads/release/release-plan.reads.js';
import { releaseTemplateVersionRead } from '../../reads/release/release-template-version.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { tasksOfRelease } from '../../reads/release/task.reads.js';
import { CommunicationConnection } from '../../schema/release/communication.type.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { PhaseConnection } from '../../schema/release/phase.type.js';
import { ReleasePlanType } from '../../schema/release/release-plan.type.js';
import { ReleaseTemplateVersionType } from '../../schema/release/release-template-version.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { WaiverConnection } from '../../schema/release/waiver.type.js';
import { commandFacts } from './release-acceptance.resolver.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';
import { communicationsOfRelease } from '../../reads/release/communication.reads.js';
import { waiversOfRelease } from '../../reads/release/waiver.reads.js';
import { phasesOfRelease } from '../../reads/release/phase.reads.js';

const releaseEvents = eventsOf('Release');

/** The list of releases, and the related objects and available commands of a release. */
@Resolver(() => ReleaseType)
export class ReleaseResolver {
  @Authorized()
  @Query(() => releaseList.Connection, { description: 'Lists releases, in any state.' })
  releases(@ListArgs(releaseList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(releaseRead, list);
  }

  @FieldResolver(() => ItupStatusEnum, {
    description: 'Corresponding status in the IBM Tivoli Unified Process (ITUP).',
  })
  itupStatus(@Root() release: ReleaseType): ItupStatus {
    return itupStatus(release.state);
  }

  @FieldResolver(() => PersonType, { description: 'Person accountable for the release; accepts it.' })
  owner(@Root() { ownerId }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, ownerId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who plans the release.' })
  manager(@Root() { managerId }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, managerId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Person who last accepted the release.' })
  acceptedBy(@Root() { acceptedById }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, acceptedById);
  }

  @FieldResolver(() => ReleaseTemplateVersionType, {
    nullable: true,
    description:
      'Template revision that the release was created from. Later ' +
      'revisions do not affect the release. Null if it has none.',
  })
  templateVersion(@Root() { templateVersionId }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateVersionRead, templateVersionId);
  }

  @FieldResolver(() => ReleasePlanType, {
    complexity: WORK.plan,
    description: 'Effect of template, kind, packaging and targets on the plan.',
  })
  plan(@Root() { id }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.batch('release.plan', releasePlans, id);
  }

  @FieldResolver(() => PhaseConnection, { description: 'Phases of the release plan, in plan order.' })
  phases(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(phasesOfRelease, id, page);
  }

  @FieldResolver(() => taskList.Connection, { description: 'Tasks of the release plan.' })
  tasks(@Root() { id }: ReleaseType, @ListArgs(taskList, 'as in the plan') list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(tasksOfRelease, id, list);
  }

  @FieldResolver(() => CommunicationConnection, { description: 'Messages to stakeholders, oldest first.' })
  communications(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(communicationsOfRelease, id, page);
  }

  @FieldResolver(() => WaiverConnection, {
    description: 'Waivers granted to the release, including expired ones, oldest first.',
  })
  waivers(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(waiversOfRelease, id, page);
  }

  @FieldResolver(() => EventConnection, {
    description: 'Events of the release and its tasks, distributions and bookings, newest first.',
  })
  events(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(releaseEvents, id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.factsWithConflicts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() release: ReleaseType, @Ctx() { reads, services }: Context) {
    const facts = await commandFacts(release.id, reads.perRow, services);
    return await presentCommands(reads, releaseMachine, release.state, facts);
  }
}
