import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { templateVersionMachine } from '../../domain/release/template-version.machine.js';
import { personRead } from '../../reads/people/person.reads.js';
import {
  releaseTemplateRead,
  releaseTemplateVersionRead,
  versionsOfTemplate,
} from '../../reads/release/release-template.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { PersonType } from '../../schema/people/person.type.js';
import * as t from '../../schema/release/release-template.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import * as service from '../../services/release/release-template.service.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

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
      (ids, db, actor) => service.templateVersionFacts(db, actor, ids),
      row.id,
    );
    return await presentCommands(reads, templateVersionMachine, row.state, facts);
  }
}
