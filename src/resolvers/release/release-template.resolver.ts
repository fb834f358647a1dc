import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { templateVersionMachine } from '../../domain/release/template-version.machine.js';
import { personRead } from '../../reads/people/person.reads.js';
import {
  releaseTemplateRead,
  releaseTemplateVersionRead,
  versionsOfTemplate,
} from '../../reads/release/release-template.reads.js';
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
  @Query(() => t.releaseTemplateList.Connection, { description: 'Release templates.' })
  releaseTemplates(@ListArgs(t.releaseTemplateList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(releaseTemplateRead, list);
  }

  @FieldResolver(() => t.releaseTemplateVersionList.Connection, { description: 'Its revisions, latest first.' })
  versions(
    @Root() { id }: t.ReleaseTemplateType,
    @ListArgs(t.releaseTemplateVersionList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionsOfTemplate, id, list);
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
