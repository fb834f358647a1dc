import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { CommunicationType } from '../../schema/release/communication.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The related objects of a communication. */
@Resolver(() => CommunicationType)
export class CommunicationResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release that the message is about.' })
  release(@Root() { releaseId }: CommunicationType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who sent or recorded the message.' })
  sentBy(@Root() { sentById }: CommunicationType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, sentById);
  }
}
