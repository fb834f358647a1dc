import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { NodeType as NodeTypeName } from '../../domain/node-id.js';
import { waiverMachine } from '../../domain/release/waiver.machine.js';
import { waiverFacts } from '../../facts/release/waiver.facts.js';
import { eventsOf } from '../../reads/event.reads.js';
import type { ReadModel } from '../../reads/model.js';
import { readModels } from '../../reads/models.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { NodeType } from '../../schema/node.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { WaiverType } from '../../schema/release/waiver.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

const waiverEvents = eventsOf('Waiver');

/** The related objects of a waiver. */
@Resolver(() => WaiverType)
export class WaiverResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release that the waiver applies to.' })
  release(@Root() { releaseId }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who granted the waiver.' })
  grantedBy(@Root() { grantedById }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, grantedById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who revoked the waiver. Null unless it was revoked.',
  })
  revokedBy(@Root() { revokedById }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, revokedById);
  }

  @FieldResolver(() => EventConnection, { description: 'Events of the waiver, newest first.' })
  events(@Root() { id }: WaiverType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(waiverEvents, id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() waiver: WaiverType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'waiver.facts',
      async (ids, db, actor) => await waiverFacts(db, actor, ids),
      waiver.id,
    );
    return await presentCommands(reads, waiverMachine, waiver.state, facts);
  }

  @FieldResolver(() => NodeType, {
    nullable: true,
    description:
      'Object that the waiver is limited to. Null if it applies to every ' +
      'subject of the rule, or the object no longer exists.',
  })
  async subject(@Root() { subjectType, subjectId }: WaiverType, @Ctx() { reads }: Context) {
    const model: ReadModel | undefined = readModels[subjectType as NodeTypeName];
    return model ? await reads.perRow.node(model, subjectId) : null;
  }
}
