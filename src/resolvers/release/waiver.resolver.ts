import { Arg, Authorized, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { NodeType as NodeTypeName } from '../../domain/node-id.js';
import type { ReadModel } from '../../reads/model.js';
import { readModels } from '../../reads/models.js';
import { personRead } from '../../reads/people/person.reads.js';
import { communicationRead, waiverRead } from '../../reads/release/release-record.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import {
  CommunicationRecordInput,
  CommunicationRecordPayload,
  CommunicationType,
} from '../../schema/release/communication.type.js';
import { NodeType } from '../../schema/node.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { WaiverGrantInput, WaiverGrantPayload, WaiverType } from '../../schema/release/waiver.type.js';
import { grantWaiver, recordCommunication } from '../../services/release/waiver.service.js';
import { command } from '../command.js';
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
    const model: ReadModel | undefined = readModels[subjectType as NodeTypeName];
    return model ? await reads.perRow.node(model, subjectId) : null;
  }

  @Authorized('CHANGE_AUTHORITY', 'RELEASE_OWNER')
  @Mutation(() => WaiverGrantPayload, {
    description:
      'Permits a release to pass one waivable rule, with a reason and an end. Not by who took part in planning the release.',
  })
  waiverGrant(
    @Arg('input', () => WaiverGrantInput, { description: 'The waiver.' }) input: WaiverGrantInput,
    @Ctx() context: Context,
  ) {
    return command(context, { mutation: 'waiverGrant', field: 'waiver', model: waiverRead }, input, (uow) =>
      grantWaiver(uow, input),
    );
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

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => CommunicationRecordPayload, {
    description:
      'Records what stakeholders were told about a release at any time, without moving the release. `releaseCommunicate` does both.',
  })
  communicationRecord(
    @Arg('input', () => CommunicationRecordInput, { description: 'Who was told what.' })
    input: CommunicationRecordInput,
    @Ctx() context: Context,
  ) {
    return command(
      context,
      { mutation: 'communicationRecord', field: 'communication', model: communicationRead },
      input,
      (uow) => recordCommunication(uow, input),
    );
  }
}
