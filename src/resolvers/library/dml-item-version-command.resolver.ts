import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { dmlItemVersionRead } from '../../reads/library/dml.reads.js';
import {
  DmlItemVersionAuthorisePayload,
  DmlItemVersionDeprecatePayload,
  DmlItemVersionQuarantinePayload,
  DmlItemVersionRecallPayload,
  DmlItemVersionRegisterInput,
  DmlItemVersionRegisterPayload,
  DmlItemVersionRetirePayload,
  DmlItemVersionUpdateInput,
  DmlItemVersionUpdatePayload,
  DmlItemVersionVerifyPayload,
} from '../../schema/library/dml-item-version.type.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import * as service from '../../services/library/dml-item-version.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const DmlItemVersionVerifyInput = commandInput('dmlItemVersionVerify', 'media version');
const DmlItemVersionQuarantineInput = commandInput('dmlItemVersionQuarantine', 'media version');
const DmlItemVersionAuthoriseInput = commandInput('dmlItemVersionAuthorise', 'media version');
const DmlItemVersionDeprecateInput = commandInput('dmlItemVersionDeprecate', 'media version');
const DmlItemVersionRecallInput = commandInput('dmlItemVersionRecall', 'media version');
const DmlItemVersionRetireInput = commandInput('dmlItemVersionRetire', 'media version');

const WHICH = { description: 'Which media version.' };

const shows = (mutation: string) => ({ mutation, field: 'dmlItemVersion', model: dmlItemVersionRead });

/** Commands on media versions. Uploading their bytes is the one command that does not go through GraphQL. */
@Resolver()
export class DmlItemVersionCommandResolver {
  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionRegisterPayload, {
    description:
      'Announces a version of a DML item. Its bytes are uploaded with `PUT /media/versions/<id>`; then a second librarian authorises it.',
  })
  dmlItemVersionRegister(
    @Arg('input', () => DmlItemVersionRegisterInput, { description: 'The new version.' })
    input: DmlItemVersionRegisterInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionRegister'), input, (uow) =>
      service.dmlItemVersionRegister(uow, input),
    );
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionUpdatePayload, {
    description: 'Edits a media version that has no bytes yet. Afterwards it never changes.',
  })
  dmlItemVersionUpdate(
    @Arg('input', () => DmlItemVersionUpdateInput, { description: 'What changes.' }) input: DmlItemVersionUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionUpdate'), input, (uow) => service.dmlItemVersionUpdate(uow, input));
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionVerifyPayload, {
    description:
      'Has the bytes of a quarantined version checked again. When they are right it waits for authorisation as at first; otherwise it is quarantined again.',
  })
  dmlItemVersionVerify(
    @Arg('input', () => DmlItemVersionVerifyInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionVerify'), input, (uow) => service.dmlItemVersionVerify(uow, input));
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionQuarantinePayload, {
    description: 'Takes a media version out of use while there are doubts about it. It loses its authorisation.',
  })
  dmlItemVersionQuarantine(
    @Arg('input', () => DmlItemVersionQuarantineInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionQuarantine'), input, (uow) =>
      service.dmlItemVersionQuarantine(uow, input),
    );
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionAuthorisePayload, {
    description:
      'Makes a verified media version the master copy, which releases may contain and tools may distribute. Not for who registered or uploaded it.',
  })
  dmlItemVersionAuthorise(
    @Arg('input', () => DmlItemVersionAuthoriseInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionAuthorise'), input, (uow) =>
      service.dmlItemVersionAuthorise(uow, input, context.services.media.verify),
    );
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionDeprecatePayload, {
    description: 'Says that a media version is superseded: nothing new should contain it, what runs may finish.',
  })
  dmlItemVersionDeprecate(
    @Arg('input', () => DmlItemVersionDeprecateInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionDeprecate'), input, (uow) =>
      service.dmlItemVersionDeprecate(uow, input),
    );
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionRecallPayload, {
    description:
      'Withdraws a media version that does harm, for good: nothing that contains it can be started any more.',
  })
  dmlItemVersionRecall(
    @Arg('input', () => DmlItemVersionRecallInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionRecall'), input, (uow) => service.dmlItemVersionRecall(uow, input));
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemVersionRetirePayload, {
    description: 'Ends the life of a media version that no live release contains, for good.',
  })
  dmlItemVersionRetire(
    @Arg('input', () => DmlItemVersionRetireInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemVersionRetire'), input, (uow) => service.dmlItemVersionRetire(uow, input));
  }
}
