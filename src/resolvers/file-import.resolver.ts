import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../domain/list.js';
import { fileImportRead } from '../reads/file-import.reads.js';
import { personRead } from '../reads/people/person.reads.js';
import { fileImportList, FileImportType } from '../schema/file-import.type.js';
import { ListArgs } from '../schema/list.js';
import { PersonType } from '../schema/people/person.type.js';
import type { Context } from './context.js';

/** Imports of files. */
@Resolver(() => FileImportType)
export class FileImportResolver {
  @Authorized()
  @Query(() => fileImportList.Connection, { description: 'Lists imports of files, sent to `POST /import/…`.' })
  fileImports(@ListArgs(fileImportList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(fileImportRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Person who imports the file.' })
  person(@Root() { personId }: FileImportType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, personId);
  }
}
