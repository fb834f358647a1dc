import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { templateVersionMachine } from '../../domain/release/template-version.machine.js';
import { templateVersionFacts } from '../../facts/release/template-version.facts.js';
import { personRead } from '../../reads/people/person.reads.js';
import {
  releaseTemplateRead,
  releaseTemplateVersionRead,
  versionsOfTemplate,
} from '../../reads/release/release-template.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import { PersonType } from '../../schema/people/person.type.js';
import * as t from '../../schema/release/release-template.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { releaseSaveAsTemplate } from '../../services/release/release-save-as-template.service.js';
import * as service from '../../services/release/release-template.service.js';
import { presentCommands } from '../available-commands.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const ReleaseTemplateVersionPublishInput = commandInput('releaseTemplateVersionPublish', 'template version');
const ReleaseTemplateVersionRetireInput = commandInput('releaseTemplateVersionRetire', 'template version');

const template = (mutation: string) => ({ mutation, field: 'releaseTemplate', model: releaseTemplateRead });
const version = (mutation: string) => ({
  mutation,
  field: 'releaseTemplateVersion',
  model: releaseTemplateVersionRead,
});

/** Queries and commands on release templates. */
@Resolver(() => t.ReleaseTemplateType)
export class ReleaseTemplateResolver {
  @Authorized()
  @Query(() => t.ReleaseTemplateConnection, { description: 'Release templates.' })
  releaseTemplates(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => t.ReleaseTemplateFilter, { nullable: true, description: 'Which ones.' })
    filter: t.ReleaseTemplateFilter | null,
    @Arg('orderBy', () => [t.ReleaseTemplateOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: t.ReleaseTemplateOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(releaseTemplateRead, { page, filter, orderBy });
  }

  @FieldResolver(() => t.ReleaseTemplateVersionConnection, { description: 'Its revisions, latest first.' })
  versions(
    @Root() { id }: t.ReleaseTemplateType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => t.ReleaseTemplateVersionFilter, { nullable: true, description: 'Which ones.' })
    filter: t.ReleaseTemplateVersionFilter | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionsOfTemplate, id, { page, filter });
  }

  @FieldResolver(() => t.ReleaseTemplateVersionType, {
    nullable: true,
    description: 'The published revision, from which releases are made; null when there is none.',
  })
  publishedVersion(@Root() { publishedVersionId }: t.ReleaseTemplateType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateVersionRead, publishedVersionId);
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseTemplateCreatePayload, {
    description: 'Makes a release template with its first revision, a draft.',
  })
  releaseTemplateCreate(
    @Arg('input', () => t.ReleaseTemplateCreateInput, { description: 'The template.' })
    input: t.ReleaseTemplateCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, template('releaseTemplateCreate'), input, (uow) =>
      service.releaseTemplateCreate(uow, input),
    );
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseTemplateRevisePayload, { description: 'Adds a draft revision to a release template.' })
  releaseTemplateRevise(
    @Arg('input', () => t.ReleaseTemplateReviseInput, { description: 'Which template, and the plan.' })
    input: t.ReleaseTemplateReviseInput,
    @Ctx() context: Context,
  ) {
    return command(context, version('releaseTemplateRevise'), input, (uow) =>
      service.releaseTemplateRevise(uow, input),
    );
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseTemplateVersionUpdatePayload, {
    description: 'Gives a draft revision another plan. Whoever does becomes its author and cannot publish it.',
  })
  releaseTemplateVersionUpdate(
    @Arg('input', () => t.ReleaseTemplateVersionUpdateInput, { description: 'Which revision, and the plan.' })
    input: t.ReleaseTemplateVersionUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, version('releaseTemplateVersionUpdate'), input, (uow) =>
      service.releaseTemplateVersionUpdate(uow, input),
    );
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseTemplateVersionPublishPayload, {
    description: 'Publishes a draft revision and retires the one that was published before. Never by its author.',
  })
  releaseTemplateVersionPublish(
    @Arg('input', () => ReleaseTemplateVersionPublishInput, { description: 'Which revision.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, version('releaseTemplateVersionPublish'), input, (uow) =>
      service.releaseTemplateVersionPublish(uow, input),
    );
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseTemplateVersionRetirePayload, {
    description: 'Takes a revision out of use. Releases made from it keep their plan.',
  })
  releaseTemplateVersionRetire(
    @Arg('input', () => ReleaseTemplateVersionRetireInput, { description: 'Which revision.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, version('releaseTemplateVersionRetire'), input, (uow) =>
      service.releaseTemplateVersionRetire(uow, input),
    );
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseSaveAsTemplatePayload, {
    description: 'Keeps the plan of a release as a new template, a draft: people become roles, dates become offsets.',
  })
  releaseSaveAsTemplate(
    @Arg('input', () => t.ReleaseSaveAsTemplateInput, { description: 'Which release, and the name of the template.' })
    input: t.ReleaseSaveAsTemplateInput,
    @Ctx() context: Context,
  ) {
    return command(context, template('releaseSaveAsTemplate'), input, (uow) => releaseSaveAsTemplate(uow, input));
  }
}

/** What hangs on a version of a template. */
@Resolver(() => t.ReleaseTemplateVersionType)
export class ReleaseTemplateVersionResolver {
  @FieldResolver(() => t.ReleaseTemplateType, { description: 'The template it is a revision of.' })
  template(@Root() { templateId }: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateRead, templateId);
  }

  @FieldResolver(() => PersonType, { description: 'Who wrote it, or changed it last as a draft.' })
  author(@Root() { authorId }: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, authorId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who published it.' })
  publishedBy(@Root() { publishedById }: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, publishedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
  })
  async availableCommands(@Root() row: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'releaseTemplateVersion.facts',
      (ids, db, actor) => templateVersionFacts(db, actor, ids),
      row.id,
    );
    return await presentCommands(reads, templateVersionMachine, row.state, facts);
  }
}
