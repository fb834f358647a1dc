import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { templateVersionMachine } from '../../domain/release/template-version.machine.js';
import { templateVersionFacts } from '../../facts/release/template-version.facts.js';
import { personRead } from '../../reads/people/person.reads.js';
import {
  releaseTemplateRead,
  releaseTemplateVersionRead,
  versionsOfTemplate,
} from '../../reads/release/release-template.reads.js';
import { PersonType } from '../../schema/people/person.type.js';
import * as t from '../../schema/release/release-template.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** The list of release templates and the related objects of a template. */
@Resolver(() => t.ReleaseTemplateType)
export class ReleaseTemplateResolver {
  @Authorized()
  @Query(() => t.releaseTemplateList.Connection, {
    description: 'Release templates, with or without a published revision.',
  })
  releaseTemplates(@ListArgs(t.releaseTemplateList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(releaseTemplateRead, list);
  }

  @FieldResolver(() => t.releaseTemplateVersionList.Connection, {
    description: 'Revisions of the template, latest first.',
  })
  versions(
    @Root() { id }: t.ReleaseTemplateType,
    @ListArgs(t.releaseTemplateVersionList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionsOfTemplate, id, list);
  }

  @FieldResolver(() => t.ReleaseTemplateVersionType, {
    nullable: true,
    description: 'Published revision, which new releases use. Null if there is none.',
  })
  publishedVersion(@Root() { publishedVersionId }: t.ReleaseTemplateType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateVersionRead, publishedVersionId);
  }
}

/** The related objects and the available commands of a template revision. */
@Resolver(() => t.ReleaseTemplateVersionType)
export class ReleaseTemplateVersionResolver {
  @FieldResolver(() => t.ReleaseTemplateType, { description: 'Template that the revision belongs to.' })
  template(@Root() { templateId }: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateRead, templateId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who created the draft or last changed its plan.' })
  author(@Root() { authorId }: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, authorId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who published the revision. Null for a draft.',
  })
  publishedBy(@Root() { publishedById }: t.ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, publishedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
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
