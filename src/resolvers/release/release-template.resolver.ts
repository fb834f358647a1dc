import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { releaseTemplateRead } from '../../reads/release/release-template.reads.js';
import { releaseTemplateVersionRead, versionsOfTemplate } from '../../reads/release/release-template-version.reads.js';
import { releaseTemplateList, ReleaseTemplateType } from '../../schema/release/release-template.type.js';
import {
  releaseTemplateVersionList,
  ReleaseTemplateVersionType,
} from '../../schema/release/release-template-version.type.js';
import type { Context } from '../context.js';

/** The list of release templates and the related objects of a template. */
@Resolver(() => ReleaseTemplateType)
export class ReleaseTemplateResolver {
  @Authorized()
  @Query(() => releaseTemplateList.Connection, {
    description: 'Lists release templates, with or without a published revision.',
  })
  releaseTemplates(@ListArgs(releaseTemplateList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(releaseTemplateRead, list);
  }

  @FieldResolver(() => releaseTemplateVersionList.Connection, {
    description: 'Revisions of the template, latest first.',
  })
  versions(
    @Root() { id }: ReleaseTemplateType,
    @ListArgs(releaseTemplateVersionList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionsOfTemplate, id, list);
  }

  @FieldResolver(() => ReleaseTemplateVersionType, {
    nullable: true,
    description: 'Published revision, which new releases use. Null if there is none.',
  })
  publishedVersion(@Root() { publishedVersionId }: ReleaseTemplateType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateVersionRead, publishedVersionId);
  }
}
