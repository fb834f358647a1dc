import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { NodeType as NodeTypeName } from '../../domain/node-id.js';
import type { ReadModel } from '../../reads/model.js';
import { readModels } from '../../reads/models.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { NodeType } from '../../schema/node.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { WaiverType } from '../../schema/release/waiver.type.js';
import type { Context } from '../context.js';

/** The related objects of a waiver. */
@Resolver(() => WaiverType)
export class WaiverResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release that the waiver applies to.' })
  release(@Root() { releaseId }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who granted the waiver.' })
  grantedBy(@Root() { grantedById }: WaiverType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, grantedById);
  }

  @FieldResolver(() => NodeType, {
    nullable: true,
    description:
      'Object that the waiver is limited to. Null if it applies to every ' +
      'subject of the rule, or the object no longer exists.',
  })
  async subject(@Root() { subjectType, subjectId }: WaiverType, @Ctx() { reads }: Context) {
    const model: ReadModel | undefined = readModels[subjectType as NodeTypeName];
    return model ? await reads.perRow.node(model, subjectId) : null;
  }
}
