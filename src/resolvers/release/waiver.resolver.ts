import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { NodeType as NodeTypeName } from '../../domain/node-id.js';
import { readModels } from '../../reads/models.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { CommunicationType } from '../../schema/release/communication.type.js';
import { NodeType } from '../../schema/node.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { WaiverType } from '../../schema/release/waiver.type.js';
import type { Context } from '../context.js';

/** Waivers of releases. */
@Resolver(() => WaiverType)
export class WaiverResolver {
  @FieldResolver(() => ReleaseType, { description: 'The release it was granted to.' })
  release(@Root() { releaseId }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Who granted it.' })
  grantedBy(@Root() { grantedById }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, grantedById);
  }

  @FieldResolver(() => NodeType, {
    nullable: true,
    description: 'What the rule was about; null when the waiver holds for every subject, or the subject is gone.',
  })
  async subject(@Root() { subjectType, subjectId }: WaiverType, @Ctx() { reads }: Context) {
    const model = subjectType === null ? undefined : readModels[subjectType as NodeTypeName];
    const row = model && (await reads.byId(model, subjectId));
    return row ? { ...row, __typename: subjectType } : null;
  }
}

/** What stakeholders were told. */
@Resolver(() => CommunicationType)
export class CommunicationResolver {
  @FieldResolver(() => ReleaseType, { description: 'The release it is about.' })
  release(@Root() { releaseId }: CommunicationType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Who sent it, or recorded it.' })
  sentBy(@Root() { sentById }: CommunicationType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, sentById);
  }
}
