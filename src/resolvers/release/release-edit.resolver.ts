import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import * as t from '../../schema/release/release-command.type.js';
import * as service from '../../services/release/release.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const ReleaseResumeInput = commandInput('releaseResume', 'release');

const shows = (mutation: string) => ({ mutation, field: 'release', model: releaseRead });

/** Commands on a release that leave its state as it is. */
@Resolver()
export class ReleaseEditResolver {
  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseCreatePayload, {
    description:
      'Records a release: from a published template version, with dated tasks, or from scratch with an empty plan.',
  })
  releaseCreate(
    @Arg('input', () => t.ReleaseCreateInput, { description: 'The release.' }) input: t.ReleaseCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseCreate'), input, (uow) => service.releaseCreate(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseUpsertPayload, {
    description: 'Records or edits the release that another system knows by a reference.',
  })
  releaseUpsert(
    @Arg('input', () => t.ReleaseUpsertInput, { description: 'The release as the other system knows it.' })
    input: t.ReleaseUpsertInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseUpsert'), input, (uow) => service.releaseUpsert(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseUpdatePayload, {
    description:
      'Edits the given fields of a release. Another kind or packaging evaluates the skip rules of its template afresh.',
  })
  releaseUpdate(
    @Arg('input', () => t.ReleaseUpdateInput, { description: 'What changes.' }) input: t.ReleaseUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseUpdate'), input, (uow) => service.releaseUpdate(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseHoldPayload, {
    description:
      'Puts a release on hold: nothing of it moves forward until the hold is lifted. What runs at a deployment tool goes on.',
  })
  releaseHold(
    @Arg('input', () => t.ReleaseHoldInput, { description: 'Which release, and why.' }) input: t.ReleaseHoldInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseHold'), input, (uow) => service.releaseHold(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseResumePayload, { description: 'Lifts the hold of a release.' })
  releaseResume(
    @Arg('input', () => ReleaseResumeInput, { description: 'Which release.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseResume'), input, (uow) => service.releaseResume(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseRecordReviewPayload, {
    description:
      'Records the post implementation review of a release that is IN_REVIEW. Recording it again replaces it; the event log keeps both.',
  })
  releaseRecordReview(
    @Arg('input', () => t.ReleaseRecordReviewInput, { description: 'What the review found.' })
    input: t.ReleaseRecordReviewInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseRecordReview'), input, (uow) => service.releaseRecordReview(uow, input));
  }
}
