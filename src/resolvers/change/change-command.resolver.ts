import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import * as schema from '../../schema/change/change-command.type.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import * as commands from '../../services/change/change-command.service.js';
import * as service from '../../services/change/change.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const AcceptInput = commandInput('changeAccept', 'change');
const AuthoriseInput = commandInput('changeAuthorise', 'change');
const StartReviewInput = commandInput('changeStartReview', 'change');
const CloseInput = commandInput('changeClose', 'change');

const shows = (mutation: string) => ({ mutation, field: 'change', model: changeRead });

/** Commands on changes. */
@Resolver()
export class ChangeCommandResolver {
  @Authorized('REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER')
  @Mutation(() => schema.ChangeCreatePayload, { description: 'Raises a request for change. It starts as OPEN.' })
  changeCreate(
    @Arg('input', () => schema.ChangeCreateInput, { description: 'The new change.' }) input: schema.ChangeCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeCreate'), input, (uow) => service.changeCreate(uow, input));
  }

  @Authorized('REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER')
  @Mutation(() => schema.ChangeUpdatePayload, { description: 'Edits a change: your own, or any as change manager.' })
  changeUpdate(
    @Arg('input', () => schema.ChangeUpdateInput, { description: 'What changes.' }) input: schema.ChangeUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeUpdate'), input, (uow) => service.changeUpdate(uow, input));
  }

  @Authorized('REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER')
  @Mutation(() => schema.ChangeUpsertPayload, {
    description: 'Raises or edits the change that another system knows by a reference.',
  })
  changeUpsert(
    @Arg('input', () => schema.ChangeUpsertInput, { description: 'The change as the other system knows it.' })
    input: schema.ChangeUpsertInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeUpsert'), input, (uow) => service.changeUpsert(uow, input));
  }

  @Authorized('REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER')
  @Mutation(() => schema.ChangeAddCiPayload, {
    description: 'Names configuration items as sources or targets of a change. Those it names already stay.',
  })
  changeAddCi(
    @Arg('input', () => schema.ChangeAddCiInput, { description: 'Which items, in which part.' })
    input: schema.ChangeAddCiInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeAddCi'), input, (uow) => service.changeAddCi(uow, input));
  }

  @Authorized('REQUESTER', 'CHANGE_MANAGER', 'RELEASE_MANAGER')
  @Mutation(() => schema.ChangeRemoveCiPayload, { description: 'Takes sources or targets out of a change.' })
  changeRemoveCi(
    @Arg('input', () => schema.ChangeRemoveCiInput, { description: 'Which items, in which part.' })
    input: schema.ChangeRemoveCiInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeRemoveCi'), input, (uow) => service.changeRemoveCi(uow, input));
  }

  @Authorized('CHANGE_MANAGER')
  @Mutation(() => schema.ChangeAcceptPayload, { description: 'Takes a change on for assessment.' })
  changeAccept(
    @Arg('input', () => AcceptInput, { description: 'Which change.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeAccept'), input, (uow) => commands.changeAccept(uow, input));
  }

  @Authorized('CHANGE_MANAGER', 'CHANGE_AUTHORITY')
  @Mutation(() => schema.ChangeRejectPayload, {
    description: 'Refuses a change for good. A standard change that joined a release already leaves it.',
  })
  changeReject(
    @Arg('input', () => schema.ChangeRejectInput, { description: 'Which change, and why.' })
    input: schema.ChangeRejectInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeReject'), input, (uow) => commands.changeReject(uow, input));
  }

  @Authorized('CHANGE_MANAGER')
  @Mutation(() => schema.ChangeAssessPayload, {
    description: 'Records the assessment of impact and risk, so that the change authority can decide.',
  })
  changeAssess(
    @Arg('input', () => schema.ChangeAssessInput, { description: 'The assessment.' }) input: schema.ChangeAssessInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeAssess'), input, (uow) => commands.changeAssess(uow, input));
  }

  @Authorized('CHANGE_AUTHORITY')
  @Mutation(() => schema.ChangeAuthorisePayload, {
    description:
      'Records the yes of the change authority. What was decided on is fixed from now on. Never by who asked for the change.',
  })
  changeAuthorise(
    @Arg('input', () => AuthoriseInput, { description: 'Which change.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeAuthorise'), input, (uow) => commands.changeAuthorise(uow, input));
  }

  @Authorized('CHANGE_MANAGER')
  @Mutation(() => schema.ChangeImplementPayload, {
    description:
      'Records how the implementation ended of a change that needs no release. For a change in a release the outcome follows from its targets.',
  })
  changeImplement(
    @Arg('input', () => schema.ChangeImplementInput, { description: 'The outcome.' })
    input: schema.ChangeImplementInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeImplement'), input, (uow) => commands.changeImplement(uow, input));
  }

  @Authorized('CHANGE_MANAGER')
  @Mutation(() => schema.ChangeStartReviewPayload, {
    description: 'Begins the post implementation review of a change.',
  })
  changeStartReview(
    @Arg('input', () => StartReviewInput, { description: 'Which change.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeStartReview'), input, (uow) => commands.changeStartReview(uow, input));
  }

  @Authorized('CHANGE_MANAGER')
  @Mutation(() => schema.ChangeClosePayload, { description: 'Closes a change for good.' })
  changeClose(
    @Arg('input', () => CloseInput, { description: 'Which change.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeClose'), input, (uow) => commands.changeClose(uow, input));
  }

  @Authorized('REQUESTER', 'CHANGE_MANAGER')
  @Mutation(() => schema.ChangeCancelPayload, {
    description:
      'Gives a change up before its implementation began: your own, or any as change manager. It leaves its release with what only it contributed.',
  })
  changeCancel(
    @Arg('input', () => schema.ChangeCancelInput, { description: 'Which change, and why.' })
    input: schema.ChangeCancelInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('changeCancel'), input, (uow) => commands.changeCancel(uow, input));
  }
}
