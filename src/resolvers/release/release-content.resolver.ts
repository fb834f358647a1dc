import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseContentType } from '../../schema/release/release-content.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';

/** The objects that an entry of the package connects. */
@Resolver(() => ReleaseContentType)
export class ReleaseContentResolver {
  @FieldResolver(() => DmlItemVersionType, { description: 'Delivered version of a DML item.' })
  dmlItemVersion(@Root() row: ReleaseContentType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, row.dmlItemVersionId);
  }

  @FieldResolver(() => ReleaseType, { description: 'Release whose package contains the version.' })
  release(@Root() row: ReleaseContentType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, row.releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who added the version to the package.' })
  addedBy(@Root() row: ReleaseContentType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, row.addedById);
  }
}
