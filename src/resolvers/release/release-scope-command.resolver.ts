import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import * as schema from '../../schema/release/release-scope-command.type.js';
import * as direct from '../../services/release/release-scope-direct.service.js';
import { releaseRemoveChange } from '../../services/release/release-scope.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const shows = (mutation: string) => ({ mutation, field: 'release', model: releaseRead });

/** Edits of what a release comprises. Only its owner and its manager may make them; a scope that was accepted is accepted no longer. */
@Resolver()
export class ReleaseScopeCommandResolver {
  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => schema.ReleaseAddCiPayload, {
    description:
      'Adds configuration items to the scope of a release directly, as its manager or owner. Those added before stay.',
  })
  releaseAddCi(
    @Arg('input', () => schema.ReleaseAddCiInput, { description: 'Which items, in which part.' })
    input: schema.ReleaseAddCiInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseAddCi'), input, (uow) => direct.releaseAddCi(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => schema.ReleaseRemoveCiPayload, {
    description:
      'Takes configuration items out that were added directly. What a change contributed leaves with that change.',
  })
  releaseRemoveCi(
    @Arg('input', () => schema.ReleaseRemoveCiInput, { description: 'Which items, in which part.' })
    input: schema.ReleaseRemoveCiInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseRemoveCi'), input, (uow) => direct.releaseRemoveCi(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => schema.ReleaseAddContentPayload, {
    description: 'Adds versions of DML items to the package of a release. Only authorised versions are taken.',
  })
  releaseAddContent(
    @Arg('input', () => schema.ReleaseAddContentInput, { description: 'Which versions.' })
    input: schema.ReleaseAddContentInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseAddContent'), input, (uow) => direct.releaseAddContent(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => schema.ReleaseRemoveContentPayload, {
    description: 'Takes versions of DML items out of the package of a release.',
  })
  releaseRemoveContent(
    @Arg('input', () => schema.ReleaseRemoveContentInput, { description: 'Which versions.' })
    input: schema.ReleaseRemoveContentInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseRemoveContent'), input, (uow) => direct.releaseRemoveContent(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => schema.ReleaseRemoveChangePayload, {
    description:
      'Takes a change out of a release that is not being distributed. Configuration items leave with it unless another change or a person contributed them too.',
  })
  releaseRemoveChange(
    @Arg('input', () => schema.ReleaseRemoveChangeInput, { description: 'Which change, and why.' })
    input: schema.ReleaseRemoveChangeInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseRemoveChange'), input, (uow) => releaseRemoveChange(uow, input));
  }
}
