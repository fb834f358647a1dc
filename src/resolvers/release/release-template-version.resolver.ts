import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { templateVersionMachine } from '../../domain/release/template-version.machine.js';
import { templateVersionFacts } from '../../facts/release/template-version.facts.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseTemplateRead } from '../../reads/release/release-template.reads.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseTemplateType } from '../../schema/release/release-template.type.js';
import { ReleaseTemplateVersionType } from '../../schema/release/release-template-version.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** The related objects and the available commands of a template revision. */
@Resolver(() => ReleaseTemplateVersionType)
export class ReleaseTemplateVersionResolver {
  @FieldResolver(() => ReleaseTemplateType, { description: 'Template that the revision belongs to.' })
  template(@Root() { templateId }: ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(releaseTemplateRead, templateId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who created the draft or last changed its plan.' })
  author(@Root() { authorId }: ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, authorId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who published the revision. Null for a draft.',
  })
  publishedBy(@Root() { publishedById }: ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, publishedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() row: ReleaseTemplateVersionType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'releaseTemplateVersion.facts',
      (ids, db, actor) => templateVersionFacts(db, actor, ids),
      row.id,
    );
    return await presentCommands(reads, templateVersionMachine, row.state, facts);
  }
}
