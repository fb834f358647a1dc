import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { releaseMachine } from '../../domain/release/release.machine.js';
import { itupStatus, type ItupStatus } from '../../domain/release/release.state.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releasePlans } from '../../reads/release/release-plan.reads.js';
import { communicationsOfRelease, waiversOfRelease } from '../../reads/release/release-record.reads.js';
import { releaseTemplateVersionRead } from '../../reads/release/release-template.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { phasesOfRelease, tasksOfRelease } from '../../reads/release/task.reads.js';
import { CommunicationConnection } from '../../schema/release/communication.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { PhaseConnection } from '../../schema/release/phase.type.js';
import { ForcedStepType, ReleasePlanType } from '../../schema/release/release-plan.type.js';
import { ReleaseTemplateVersionType } from '../../schema/release/release-template.type.js';
import {
  ItupStatusEnum,
  ReleaseConnection,
  ReleaseFilter,
  ReleaseHoldType,
  ReleaseOrder,
  ReleaseType,
} from '../../schema/release/release.type.js';
import { TaskConnection, TaskFilter, TaskOrder } from '../../schema/release/task.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { WaiverConnection } from '../../schema/release/waiver.type.js';
import { releaseFactsWithConflicts } from '../../facts/release/release.facts.js';
import { presentCommands } from '../available-commands.js';
import type { AppServices } from '../../app-services.js';
import type { Reads } from '../../reads/reads.js';
import type { Context } from '../context.js';

const releaseEvents = eventsOf('Release');

/** Releases as a list, and what hangs on one. */
@Resolver(() => ReleaseType)
export class ReleaseResolver {
  @Authorized()
  @Query(() => ReleaseConnection, { description: 'Releases.' })
  releases(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ReleaseFilter, { nullable: true, description: 'Which ones.' }) filter: ReleaseFilter | null,
    @Arg('orderBy', () => [ReleaseOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: ReleaseOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(releaseRead, { page, filter, orderBy });
  }

  @FieldResolver(() => ItupStatusEnum, {
    description: "The corresponding status in IBM's Unified Process, for readers who know that.",
  })
  itupStatus(@Root() release: ReleaseType): ItupStatus {
    return itupStatus(release.state);
  }

  @FieldResolver(() => PersonType, { description: 'The release owner, who is accountable for it and accepts it.' })
  owner(@Root() { ownerId }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, ownerId);
  }

  @FieldResolver(() => PersonType, { description: 'The release manager, who plans it.' })
  manager(@Root() { managerId }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, managerId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who accepted it last.' })
  acceptedBy(@Root() { acceptedById }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, acceptedById);
  }

  @FieldResolver(() => ReleaseTemplateVersionType, {
    nullable: true,
    description: 'The template version it was made from. Later revisions never change it.',
  })
  templateVersion(@Root() { templateVersionId }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateVersionRead, templateVersionId);
  }

  @FieldResolver(() => ReleasePlanType, { description: 'How its plan follows from its template and its targets.' })
  plan(@Root() { id }: ReleaseType, @Ctx() { reads }: Context) {
    return reads.batch('release.plan', releasePlans, id);
  }

  @FieldResolver(() => PhaseConnection, { description: 'The phases of its plan, in order.' })
  phases(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(phasesOfRelease, id, { page });
  }

  @FieldResolver(() => TaskConnection, { description: 'The tasks of its plan, in the order of the plan.' })
  tasks(
    @Root() { id }: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => TaskFilter, { nullable: true, description: 'Which ones.' }) filter: TaskFilter | null,
    @Arg('orderBy', () => [TaskOrder], { nullable: true, description: 'In which order. Default: as in the plan.' })
    orderBy: TaskOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(tasksOfRelease, id, { page, filter, orderBy });
  }

  @FieldResolver(() => CommunicationConnection, { description: 'What its stakeholders were told, oldest first.' })
  communications(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(communicationsOfRelease, id, { page });
  }

  @FieldResolver(() => WaiverConnection, { description: 'Its waivers, those that have ended included, oldest first.' })
  waivers(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(waiversOfRelease, id, { page });
  }

  @FieldResolver(() => EventConnection, {
    description: 'Its history and that of its tasks, distributions and bookings, newest first.',
  })
  events(@Root() { id }: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(releaseEvents, id, { page });
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether something that the owner accepted has changed since, so that a new acceptance is needed.',
  })
  async acceptanceIsStale(@Root() { id }: ReleaseType, @Ctx() { reads, services }: Context) {
    return (await this.facts(id, reads.perRow, services))?.acceptanceIsStale ?? false;
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
  })
  async availableCommands(@Root() release: ReleaseType, @Ctx() { reads, services }: Context) {
    const facts = await this.facts(release.id, reads.perRow, services);
    // The command itself brings a communication, so that none has to be there before.
    const asked = facts && { ...facts, communicationCount: facts.communicationCount + 1 };
    return await presentCommands(reads, releaseMachine, 'release', release.state, asked);
  }

  private facts(id: string, reads: Reads, services: AppServices) {
    return reads.batch(
      'release.facts',
      (ids, db, actor) => releaseFactsWithConflicts(db, actor, ids, services.clock()),
      id,
    );
  }
}

/** Who put a release on hold. */
@Resolver(() => ReleaseHoldType)
export class ReleaseHoldResolver {
  @FieldResolver(() => PersonType, {
    nullable: true,
    description:
      'Who put it on hold; null where the server did, because a target may not go without a step that the release has left out and passed.',
  })
  by(@Root() { byId }: ReleaseHoldType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, byId);
  }
}

/** Which targets force a step. */
@Resolver(() => ForcedStepType)
export class ForcedStepResolver {
  @FieldResolver(() => [ConfigurationItemType], { description: 'The targets that force it, by name; the first 50.' })
  async configurationItems(@Root() { ciIds }: ForcedStepType, @Ctx() { reads }: Context) {
    const found = await reads.byIds(configurationItemRead, ciIds);
    return found.filter((ci) => ci !== null);
  }
}
